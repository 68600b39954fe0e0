import { createServer } from 'node:http';

/** In bytes. Large enough for claims that exceed a client's body limit. */
const MAX_BODY = 16 * 1024 * 1024;

/** The control API, with which tests act as an operator or as the browser of a user. */
export function controlServer(op, requests) {
  const routes = {
    'POST /access-token': async (body) => ({ access_token: await op.mintAccessToken(required(body, 'sub')) }),
    'POST /id-token': async (body) => ({ id_token: await op.mintIdToken(required(body, 'client_id', 'sub')) }),
    'POST /logout-token': async (body) => ({ logout_token: await op.mintLogoutToken(required(body, 'client_id', 'sub')) }),
    'POST /revoke': async (body) => ({ revoked: await op.revoke(required(body, 'access_token').access_token) }),
    'POST /delete-client': async (body) => ({
      deleted: op.store.delete('Client', required(body, 'client_id').client_id),
    }),
    'GET /clients': async () => ({ client_ids: op.store.ids('Client') }),
    'POST /rotate-keys': async (body) => ({ keys: await op.rotateKeys({ dropOld: body.drop_old === true }) }),
    'POST /configure': async (body) => {
      op.configure(body);
      return op.options;
    },
    'GET /requests': async () => ({ requests }),
    'POST /requests/reset': async () => {
      requests.length = 0;
      return {};
    },
  };

  return createServer(async (req, res) => {
    const answer = (status, body) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      const route = routes[`${req.method} ${req.url}`];
      if (route) answer(200, await route(await readJson(req)));
      else answer(404, { error: `unknown control request: ${req.method} ${req.url}` });
    } catch (error) {
      answer(400, { error: error.message });
    }
  });
}

async function readJson(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_BODY) throw new TypeError(`request body over ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  const body = size ? JSON.parse(Buffer.concat(chunks)) : {};
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new TypeError('invalid request body: expected a JSON object');
  }
  return body;
}

function required(body, ...names) {
  for (const name of names) {
    if (typeof body[name] !== 'string' || !body[name]) throw new TypeError(`missing ${name}: expected a non-empty string`);
  }
  return body;
}
