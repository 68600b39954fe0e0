// Does the seven operations with the generated TypeScript client, and prints what it saw.

import { Configuration, OidcApi, ResponseError } from "./oidc/index.js";

const { ISSUER, ACCESS_TOKEN, ID_TOKEN, SIGNED_OUT } = process.env as Record<string, string>;

function api(token?: string): OidcApi {
  return new OidcApi(
    new Configuration({
      basePath: ISSUER,
      // The generated code puts `Bearer` before the tokens of the scheme `bearer` only.
      accessToken: token === undefined ? undefined : async (scheme?: string) => (scheme === "oauth2" ? `Bearer ${token}` : token),
    }),
  );
}

/** The response of a call that fails. */
async function failure(call: Promise<unknown>): Promise<Response> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ResponseError) return error.response;
    throw error;
  }
  throw new Error("the call succeeded");
}

const provider = await api().discoverOidcConfiguration();
const registered = await api().createOidcDynamicClient({
  oAuth2Client: { clientName: "TypeScript", redirectUris: ["https://app.example/callback"] },
});
const id = registered.clientId!;
const manager = api(registered.registrationAccessToken);
const read = await manager.getOidcDynamicClient({ id });
const updated = await manager.setOidcDynamicClient({
  id,
  oAuth2Client: { clientName: "TypeScript 2", redirectUris: read.redirectUris },
});
const newManager = api(updated.registrationAccessToken);
await newManager.deleteOidcDynamicClient({ id });
const deleted = await failure(newManager.getOidcDynamicClient({ id }));
const user = await api(ACCESS_TOKEN).getOidcUserInfo();
// A redirect is a response here.
const logout = await failure(
  api().revokeOidcSession({ idTokenHint: ID_TOKEN, postLogoutRedirectUri: SIGNED_OUT, state: "a b" }, { redirect: "manual" }),
);

console.log(
  JSON.stringify({
    issuer: provider.issuer,
    registered: registered.clientName,
    has_secret: Boolean(registered.clientSecret),
    read: read.clientName,
    updated: updated.clientName,
    has_new_token: updated.registrationAccessToken !== registered.registrationAccessToken,
    after_deletion: deleted.status,
    sub: user.sub,
    logout: [logout.status, logout.headers.get("location")],
  }),
);
