import { once } from 'node:events';
import { createServer } from 'node:http';

import { controlServer } from './control.mjs';
import { OpenIdProvider } from './op.mjs';

// oidc-provider logs with console.info. Standard output must have only one line.
console.info = console.error;

const HOST = '127.0.0.1';
const { issuer_path: issuerPath = '', ...options } = JSON.parse(process.env.PROVIDER_OPTIONS || '{}');

// Leave no orphan process: exit when the parent exits, which closes the pipe, or after a time limit if it hangs.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();
setTimeout(() => process.exit(0), Number(process.env.MAX_SECONDS || 20 * 60) * 1000);

/** Method and path of each request. Queries are left out because they contain tokens. */
const requests = [];
let op;

const server = createServer(async (req, res) => {
  requests.push({ method: req.method, path: req.url.split('?', 1)[0] });
  try {
    await op.handle(req, res);
  } catch (error) {
    console.error(error);
    if (!res.headersSent) res.writeHead(error.statusCode ?? 500, { 'content-type': 'text/plain' });
    res.end(error.message);
  }
});
// Longer than the clients' idle time-out, so that the server never closes a connection that a client reuses.
server.keepAliveTimeout = 120_000;

server.listen(Number(process.env.PORT || 0), HOST);
await once(server, 'listening');
const issuer = `http://${HOST}:${server.address().port}${issuerPath}`;
op = await OpenIdProvider.start(issuer, options);

const control = controlServer(op, requests);
control.keepAliveTimeout = 120_000;
control.listen(0, HOST);
await once(control, 'listening');

console.log(JSON.stringify({ issuer, control: `http://${HOST}:${control.address().port}` }));
