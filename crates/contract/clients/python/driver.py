"""Does the seven operations with the generated Python client, and prints what it saw."""

import json
import os

import urllib3
from oidc_client import ApiClient, Configuration, OAuth2Client, OidcApi
from oidc_client.exceptions import ApiException

ISSUER = os.environ["ISSUER"]


def api(token=None):
    # A redirect is a response here.
    retries = urllib3.Retry(0, redirect=0, raise_on_redirect=False)
    return OidcApi(ApiClient(Configuration(host=ISSUER, access_token=token, retries=retries)))


def failure(call):
    """The response of a call that fails."""
    try:
        call()
    except ApiException as error:
        return error
    raise AssertionError("the call succeeded")


provider = api().discover_oidc_configuration()
wanted = OAuth2Client(client_name="Python", redirect_uris=["https://app.example/callback"])
registered = api().create_oidc_dynamic_client(wanted)
manager = api(registered.registration_access_token)
read = manager.get_oidc_dynamic_client(registered.client_id)
changed = OAuth2Client(client_name="Python 2", redirect_uris=read.redirect_uris)
updated = manager.set_oidc_dynamic_client(registered.client_id, changed)
new_manager = api(updated.registration_access_token)
new_manager.delete_oidc_dynamic_client(registered.client_id)
deleted = failure(lambda: new_manager.get_oidc_dynamic_client(registered.client_id))
user = api(os.environ["ACCESS_TOKEN"]).get_oidc_user_info()
logout = failure(
    lambda: api().revoke_oidc_session(
        id_token_hint=os.environ["ID_TOKEN"], post_logout_redirect_uri=os.environ["SIGNED_OUT"], state="a b"
    )
)

print(
    json.dumps(
        {
            "issuer": provider.issuer,
            "registered": registered.client_name,
            "has_secret": bool(registered.client_secret),
            "read": read.client_name,
            "updated": updated.client_name,
            "has_new_token": updated.registration_access_token != registered.registration_access_token,
            "after_deletion": deleted.status,
            "sub": user.sub,
            "logout": [logout.status, logout.headers["Location"]],
        }
    )
)
