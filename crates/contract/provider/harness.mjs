// Starts the provider and talks to it, for its tests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';


export const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
export const SECONDS = 10;
export const BYE = 'http://127.0.0.1:3000/bye';
export const LOGGED_OUT = 'http://schemas.openid.net/event/backchannel-logout';
export const CALLBACK = 'http://127.0.0.1:3000/cb';
/** The metadata of the registration that was recorded with Ory. */
export const WANTED = {
  client_name: "Zoë's App ☕",
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid offline_access email',
  token_endpoint_auth_method: 'client_secret_post',
  post_logout_redirect_uris: [BYE],
  contacts: ['a@example.com'],
  audience: ['https://api.example.com'],
};

export async function start(options = {}, env = {}) {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PROVIDER_OPTIONS: JSON.stringify(options), MAX_SECONDS: '120', ...env },
  });
  let output = '';
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('\n')) resolve(JSON.parse(output));
    });
    child.once('exit', (code) => reject(new Error(`the server exited with ${code} before it was ready`)));
    setTimeout(() => reject(new Error(`the server was not ready after ${SECONDS} s`)), SECONDS * 1000).unref();
  });
  const { issuer, control } = await ready;
  const exited = once(child, 'exit');
  return {
    issuer,
    exited,
    output: () => output,
    stop: async () => {
      child.stdin.end();
      const [code] = await exited;
      return code;
    },
    async control(route, body) {
      const [method, path] = route.split(' ');
      const response = await send(control + path, { method, body: body && JSON.stringify(body) });
      assert.equal(response.status, 200, response.text);
      return response.json;
    },
    send: (path, init) => send(issuer + path, init),
    /** Sends a registration request with an optional bearer token and an optional JSON body. */
    reg: (method, path, token, body) => send(`${issuer}/oauth2/register${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    }),
  };
}

export async function send(url, init = {}) {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(SECONDS * 1000), ...init });
  const text = await response.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** A minimal browser for login and logout: it stores cookies by name, follows redirects and submits forms. */
export class Browser {
  #cookies = new Map();

  async go(url, init = {}) {
    const cookie = [...this.#cookies].map(([k, v]) => `${k}=${v}`).join('; ');
    const response = await send(url, { ...init, headers: { cookie, accept: 'text/html', ...init.headers } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value && !line.includes('01 Jan 1970')) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return response;
  }

  /** Follows redirects within the origin. Returns the final page, or the URL of a redirect to another origin. */
  async follow(url, init) {
    let at = new URL(url);
    let response = await this.go(at, init);
    for (let hops = 0; response.status >= 300 && response.status < 400; hops += 1) {
      assert.ok(hops < 10, 'too many redirects');
      const next = new URL(response.headers.get('location'), at);
      if (next.origin !== at.origin) return { left: next, response };
      at = next;
      response = await this.go(at);
    }
    return { response };
  }

  submit(html) {
    const action = /<form[^>]* action="([^"]+)"/.exec(html)[1];
    const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, k, v]) => [k, v]);
    return this.follow(action, { method: 'POST', body: new URLSearchParams(fields) });
  }
}

export const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
export const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([k]) => !names.includes(k)));
export const SERVER_SET = [
  'registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at',
];

export async function registered(op, more = {}) {
  const response = await op.reg('POST', '', undefined, { ...WANTED, ...more });
  assert.equal(response.status, 201, response.text);
  return response.json;
}

/** Verifies a compact JWS with the published keys. Returns its claims, `alg` and `kid`. */
export async function verified(op, jws) {
  const [header, payload, signature] = jws.split('.');
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const { json: { keys } } = await op.send('/.well-known/jwks.json');
  const key = createPublicKey({ key: keys.find((k) => k.kid === kid), format: 'jwk' });
  const input = Buffer.from(`${header}.${payload}`);
  const ok = alg === 'EdDSA'
    ? verify(null, input, key, Buffer.from(signature, 'base64url'))
    : verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  assert.ok(ok, 'a published key verifies the signature');
  return { alg, kid, ...JSON.parse(Buffer.from(payload, 'base64url')) };
}

/** Logs in with plain HTTP requests and exchanges the code for tokens. */
export async function codeFlow(server, client, browser) {
  const verifier = randomBytes(32).toString('base64url');
  const base = server.issuer.replace(/\/$/, '');
  const authorization = `${base}/oauth2/auth?${new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid offline_access email',
    prompt: 'consent',
    state: 'st',
    nonce: 'n',
    login_hint: 'zoe',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })}`;
  const { left } = await browser.follow(authorization);
  assert.equal(`${left.origin}${left.pathname}`, CALLBACK);
  assert.deepEqual([left.searchParams.get('state'), left.searchParams.get('iss')], ['st', server.issuer]);

  const tokens = await send(`${base}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: left.searchParams.get('code'),
      redirect_uri: CALLBACK,
      client_id: client.client_id,
      code_verifier: verifier,
    }),
  });
  assert.equal(tokens.status, 200, tokens.text);
  return { authorization, tokens: tokens.json };
}
