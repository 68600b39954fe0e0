import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomBytes, randomUUID } from 'node:crypto';

import Provider from 'oidc-provider';

import { Accounts } from './accounts.mjs';
import { interact } from './interaction.mjs';
import { signingKeys } from './keys.mjs';
import * as pages from './pages.mjs';
import { Store } from './store.mjs';

/** The client that tokens are minted for when a test does not care. */
export const STATIC_CLIENT = 'static-client';

const MINUTE = 60;

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** oidc-provider's own refuses addresses of this machine, where the clients of the tests listen for logout tokens. */
async function fetchFromThisMachine(url, { dispatcher: _refusing, ...options }) {
  if (!LOOPBACK.has(new URL(url).hostname)) throw new TypeError('not on this machine');
  return fetch(url, options);
}

async function findClient(provider, clientId) {
  const client = await provider.Client.find(clientId);
  if (!client) throw new TypeError('no such client');
  return client;
}

export const DEFAULT_OPTIONS = {
  /** false: as if the operator had switched dynamic registration off. */
  registration: true,
  /** A string makes registration ask for it as a bearer token. */
  initial_access_token: null,
  rotate_registration_access_token: true,
  /** Logout and authorization by POST. It needs SameSite=None cookies, which browsers refuse over plain http. */
  http_post_methods: false,
};

/**
 * The OpenID provider behind the issuer. oidc-provider reads its configuration and keys once, when constructed; a
 * change therefore builds another Provider on the same store, and only the request handler is swapped.
 */
export class OpenIdProvider {
  store = new Store();

  accounts = new Accounts();

  #cookieKeys = [randomBytes(32).toString('hex')];

  #keys;

  #callback;

  /** Where the logout request of a `mintLogoutToken` goes, instead of over the network. */
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
      if (!(name in DEFAULT_OPTIONS) || !fits) throw new TypeError(`not an option: ${name}=${JSON.stringify(value)}`);
    }
    Object.assign(this.#options, options);
    this.#rebuild();
  }

  /** New keys sign from now on. The old ones stay published, unless dropped: then what they signed is void. */
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
      // How oidc-provider learns that it is mounted below a path.
      req.originalUrl = req.url;
      req.url = req.url.slice(this.mount.length);
    }
    if (/^\/interaction\/[^/]+$/.test(req.url) && req.method === 'GET') await interact(this.provider, req, res);
    else await this.#callback(req, res);
  }

  /** An opaque access token as a code flow issues it; `/userinfo` answers it with exactly these claims and `sub`. */
  async mintAccessToken({
    client_id: clientId = STATIC_CLIENT, sub, scope = 'openid', claims = {}, expires_in: expiresIn,
  }) {
    const names = [...Object.keys(claims), ...Object.keys(claims._claim_names ?? {})];
    if (this.accounts.learn(names)) this.#rebuild();

    // Held on to: another request may swap the provider, and the models of two providers do not mix.
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
      // Asked for one by one, so that they come whatever the scope is.
      claims: { userinfo: Object.fromEntries(names.map((name) => [name, null])) },
      expiresIn,
    }).save();
  }

  /** Expired ones can be had too (`expires_in` below zero): as a hint they are as good as any. */
  async mintIdToken({ client_id: clientId, sub, expires_in: expiresIn = 60 * MINUTE }) {
    const { provider } = this;
    const client = await findClient(provider, clientId);
    const token = new provider.IdToken({ sub }, { client });
    token.scope = 'openid';
    return token.issue({ use: 'idtoken', expiresAt: Math.floor(Date.now() / 1000) + expiresIn });
  }

  /**
   * The logout token that oidc-provider would post to the client when `sub` has logged out: caught on its way, so it
   * is the provider's own to the last claim. `sid` is in it if the client registered
   * `backchannel_logout_session_required`.
   */
  async mintLogoutToken({ client_id: clientId, sub, sid = randomUUID() }) {
    const client = await findClient(this.provider, clientId);
    if (!client.backchannelLogoutUri) throw new TypeError('the client has no backchannel_logout_uri');
    const caught = {};
    await this.#outgoing.run(caught, () => client.backchannelLogout(sub, sid));
    return new URLSearchParams(caught.body).get('logout_token');
  }

  async revoke(accessToken) {
    const token = await this.provider.AccessToken.find(accessToken);
    await token?.destroy();
    return token !== undefined;
  }

  #rebuild() {
    this.provider = new Provider(this.issuer, this.#configuration());
    // It goes unsaid otherwise.
    this.provider.on('backchannel.error', (_ctx, error) => console.error('no logout token arrived:', error));
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
      // Kept as they are, where Ory drops them: what a client must carry through an update can be seen only here.
      extraClientMetadata: { properties: ['software_id', 'software_version', 'client_name#ja'] },
      fetch: (url, options) => {
        const caught = this.#outgoing.getStore();
        if (!caught) return fetchFromThisMachine(url, options);
        caught.body = options.body;
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
