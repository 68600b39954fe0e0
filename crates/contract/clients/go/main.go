// Does the seven operations with the generated Go client, and prints what it saw.
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"ory-oidc-test-client/oidc"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func with(token string) context.Context {
	return context.WithValue(context.Background(), oidc.ContextAccessToken, token)
}

func main() {
	configuration := oidc.NewConfiguration()
	configuration.Servers = oidc.ServerConfigurations{{URL: os.Getenv("ISSUER")}}
	// A redirect is a response here.
	configuration.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	api := oidc.NewAPIClient(configuration).OidcAPI
	nobody := context.Background()

	provider, _, err := api.DiscoverOidcConfiguration(nobody).Execute()
	check(err)
	wanted := oidc.OAuth2Client{ClientName: oidc.PtrString("Go"), RedirectUris: []string{"https://app.example/callback"}}
	registered, _, err := api.CreateOidcDynamicClient(nobody).OAuth2Client(wanted).Execute()
	check(err)
	id, manager := registered.GetClientId(), with(registered.GetRegistrationAccessToken())
	read, _, err := api.GetOidcDynamicClient(manager, id).Execute()
	check(err)
	wanted = oidc.OAuth2Client{ClientName: oidc.PtrString("Go 2"), RedirectUris: read.RedirectUris}
	updated, _, err := api.SetOidcDynamicClient(manager, id).OAuth2Client(wanted).Execute()
	check(err)
	manager = with(updated.GetRegistrationAccessToken())
	_, err = api.DeleteOidcDynamicClient(manager, id).Execute()
	check(err)
	_, deleted, err := api.GetOidcDynamicClient(manager, id).Execute()
	if err == nil {
		panic("the deleted client can be read")
	}
	user, _, err := api.GetOidcUserInfo(with(os.Getenv("ACCESS_TOKEN"))).Execute()
	check(err)
	logout := api.RevokeOidcSession(nobody).IdTokenHint(os.Getenv("ID_TOKEN"))
	_, redirect, err := logout.PostLogoutRedirectUri(os.Getenv("SIGNED_OUT")).State("a b").Execute()
	if err == nil {
		panic("the redirect is a success")
	}

	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"issuer":         provider.Issuer,
		"registered":     registered.GetClientName(),
		"has_secret":     registered.GetClientSecret() != "",
		"read":           read.GetClientName(),
		"updated":        updated.GetClientName(),
		"has_new_token":  updated.GetRegistrationAccessToken() != registered.GetRegistrationAccessToken(),
		"after_deletion": deleted.StatusCode,
		"sub":            user.GetSub(),
		"logout":         []any{redirect.StatusCode, redirect.Header.Get("Location")},
	}))
}
