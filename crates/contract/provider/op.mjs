import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomBytes, randomUUID } from 'node:crypto';

import Provider from 'oidc-provider';

import { Accounts } from './accounts.mjs';
import { interact } from './interaction.mjs';
import { signingKeys } from './keys.mjs';
import * as pages from './pages.mjs';
import { Store } from './store.mjs';

/** The default client of access tokens. */
export const STATIC_CLIENT = 'static-client';

const MINUTE = 60;

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Replaces oidc-provider's fetch, which refuses loopback addresses: there, test clients wait for logout tokens. */
async function fetchFromLoopback(url, { dispatcher: _ignored, ...options }) {
  if (!LOOPBACK.has(new URL(url).hostname)) throw new TypeError('only loopback addresses may be fetched');
  return fetch(url, options);
}

async function findClient(provider, clientId) {
  const client = await provider.Client.find(clientId);
  if (!client) throw new TypeError('unknown client_id');
  return client;
}

export const DEFAULT_OPTIONS = {
  /** Whether dynamic registration is enabled. */
  registration: true,
  /** The initial access token that registration requires, or null. */
  initial_access_token: null,
  rotate_registration_access_token: true,
  /** Whether logout and authorization accept POST. It needs SameSite=None cookies, which browsers reject over HTTP. */
  http_post_methods: false,
};

/**
 * The OpenID provider. oidc-provider reads its configuration and keys only when it is constructed. A change therefore
 * creates another Provider with the same store and replaces the request handler.
 */
export class OpenIdProvider {
  store = new Store();

  accounts = new Accounts();

  #cookieKeys = [randomBytes(32).toString('hex')];

  #keys;

  #callback;

  /** Captures the logout request of `mintLogoutToken` instead of sending it. */
  #outgoing = new AsyncLocalStorage();

  #options = { ...DEFAULT_OPTIONS };

  static async start(issuer, options) {
    return new OpenIdProvider(issuer, await signingKeys(), options);
  }

  constructor(issuer, keys, options) {
    this.issuer = issuer;
    this.#keys = keys;
    this.mount = new URL(issuer).pathname.replace(/\/$/, '');
    this.configure(options);
  }

  get options() {
    return { ...this.#options };
  }

  configure(options) {
    for (const [name, value] of Object.entries(options)) {
      const fits = name === 'initial_access_token'
        ? value === null || (typeof value === 'string' && value !== '')
        : typeof value === 'boolean';
      if (!(name in DEFAULT_OPTIONS) || !fits) throw new TypeError(`invalid option: ${name}=${JSON.stringify(value)}`);
    }
    Object.assign(this.#options, options);
    this.#rebuild();
  }

  /** Adds new signing keys. The old keys stay published, so that they still verify signatures, unless dropped. */
  async rotateKeys({ dropOld = false } = {}) {
    this.#keys = [...await signingKeys(), ...(dropOld ? [] : this.#keys)];
    this.#rebuild();
    return this.#keys.map(({ kid, alg }) => ({ kid, alg }));
  }

  async handle(req, res) {
    if (this.mount) {
      if (!req.url.startsWith(`${this.mount}/`)) {
        res.writeHead(404).end();
        return;
      }
      // oidc-provider derives its mount path from `originalUrl`.
      req.originalUrl = req.url;
      req.url = req.url.slice(this.mount.length);
    }
    if (/^\/interaction\/[^/]+$/.test(req.url) && req.method === 'GET') await interact(this.provider, req, res);
    else await this.#callback(req, res);
  }

  /** Issues an opaque access token, as a code flow does. `/userinfo` returns exactly these claims and `sub`. */
  async mintAccessToken({
    client_id: clientId = STATIC_CLIENT, sub, scope = 'openid', claims = {}, expires_in: expiresIn,
  }) {
    const names = [...Object.keys(claims), ...Object.keys(claims._claim_names ?? {})];
    if (this.accounts.learn(names)) this.#rebuild();

    // Use one provider throughout: another request may replace it, and models of two providers cannot be mixed.
    const { provider } = this;
    const client = await findClient(provider, clientId);
    const grant = new provider.Grant({ accountId: sub, clientId: client.clientId });
    grant.addOIDCScope(scope);
    if (names.length) grant.addOIDCClaims(names);
    const grantId = await grant.save();
    this.accounts.remember(grantId, claims);
    return new provider.AccessToken({
      accountId: sub,
      client,
      grantId,
      gty: 'authorization_code',
      scope,
      // Request each claim explicitly, so that it is returned whatever the scope.
      claims: { userinfo: Object.fromEntries(names.map((name) => [name, null])) },
      expiresIn,
    }).save();
  }

  /** Issues an ID token. A negative `expires_in` makes it expired, which is still valid as an `id_token_hint`. */
  async mintIdToken({ client_id: clientId, sub, expires_in: expiresIn = 60 * MINUTE }) {
    const { provider } = this;
    const client = await findClient(provider, clientId);
    const token = new provider.IdToken({ sub }, { client });
    token.scope = 'openid';
    return token.issue({ use: 'idtoken', expiresAt: Math.floor(Date.now() / 1000) + expiresIn });
  }

  /**
   * Returns the logout token that oidc-provider posts to the client after a logout of `sub`. The request is captured
   * before it is sent, so every claim is the provider's own. The token has a `sid` if the client registered
   * `backchannel_logout_session_required`.
   */
  async mintLogoutToken({ client_id: clientId, sub, sid = randomUUID() }) {
    const client = await findClient(this.provider, clientId);
    if (!client.backchannelLogoutUri) throw new TypeError('the client has no backchannel_logout_uri');
    const captured = {};
    await this.#outgoing.run(captured, () => client.backchannelLogout(sub, sid));
    return new URLSearchParams(captured.body).get('logout_token');
  }

  async revoke(accessToken) {
    const token = await this.provider.AccessToken.find(accessToken);
    await token?.destroy();
    return token !== undefined;
  }

  #rebuild() {
    this.provider = new Provider(this.issuer, this.#configuration());
    // oidc-provider does not log this error itself.
    this.provider.on('backchannel.error', (_ctx, error) => console.error('failed to send a logout token:', error));
    this.#callback = this.provider.callback();
  }

  #configuration() {
    const {
      registration,
      initial_access_token: initialAccessToken,
      rotate_registration_access_token: rotate,
      http_post_methods: postMethods,
    } = this.#options;
    return {
      adapter: this.store.adapter,
      jwks: { keys: this.#keys },
      cookies: {
        keys: this.#cookieKeys,
        ...(postMethods ? { long: { sameSite: 'none' } } : {}),
      },
      clients: [{
        client_id: STATIC_CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: [],
        response_types: [],
      }],
      claims: this.accounts.scopes,
      findAccount: this.accounts.find,
      scopes: ['openid', 'offline_access', 'offline'],
      subjectTypes: ['public', 'pairwise'],
      pairwiseIdentifier: async (_ctx, sub, client) => (
        createHash('sha256').update(`${client.sectorIdentifier} ${sub}`).digest('base64url')
      ),
      clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      // Stored here but dropped by Ory, so that tests can check that an update preserves them.
      extraClientMetadata: { properties: ['software_id', 'software_version', 'client_name#ja'] },
      fetch: (url, options) => {
        const captured = this.#outgoing.getStore();
        if (!captured) return fetchFromLoopback(url, options);
        captured.body = options.body;
        return new Response(null, { status: 204 });
      },
      features: {
        backchannelLogout: { enabled: true },
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        jwtUserinfo: { enabled: true },
        registration: {
          enabled: registration,
          initialAccessToken: initialAccessToken ?? false,
          idFactory: () => randomUUID(),
        },
        registrationManagement: { enabled: registration, rotateRegistrationAccessToken: rotate },
        revocation: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: pages.logout,
          postLogoutSuccessSource: pages.loggedOut,
        },
      },
      routes: {
        authorization: '/oauth2/auth',
        end_session: '/oauth2/sessions/logout',
        jwks: '/.well-known/jwks.json',
        registration: '/oauth2/register',
        revocation: '/oauth2/revoke',
        token: '/oauth2/token',
        userinfo: '/userinfo',
      },
      enableHttpPostMethods: postMethods,
      interactions: { url: (_ctx, interaction) => `${this.mount}/interaction/${interaction.uid}` },
      clientBasedCORS: () => false,
      renderError: pages.error,
      ttl: {
        AccessToken: 60 * MINUTE,
        AuthorizationCode: MINUTE,
        ClientCredentials: 60 * MINUTE,
        Grant: 60 * MINUTE,
        IdToken: 60 * MINUTE,
        Interaction: 10 * MINUTE,
        RefreshToken: 60 * MINUTE,
        Session: 60 * MINUTE,
      },
    };
  }
}
