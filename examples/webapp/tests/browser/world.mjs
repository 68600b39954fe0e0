// Starts the servers, the web app and the browser of the tests, on the loopback interface only.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const WATCH = fileURLToPath(new URL('watch.sh', import.meta.url));
const PROVIDER = join(ROOT, 'crates/contract/provider');
/** The longest time to start a program. Hydra generates keys first. */
const SECONDS = 100;

/** Starts a program that exits when its standard input is closed, and waits for its first line of output. */
async function start(command, args, options) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  // Unlike `exit`, `close` comes after all output was read.
  const exited = once(child, 'close');
  const output = createInterface({ input: child.stdout });
  const lines = [];
  output.on('line', (line) => lines.push(line));
  try {
    await Promise.race([
      once(output, 'line', { signal: AbortSignal.timeout(SECONDS * 1000) }),
      exited.then(([code]) => { throw new Error(`${[command, ...args].join(' ')} exited with ${code} before it was ready`); }),
    ]);
  } catch (error) {
    child.stdin.end();
    throw error;
  }
  return { exited, lines, end: () => child.stdin.end() };
}

/** Stops a program and returns its exit code. */
async function stop({ exited, end }) {
  end();
  const [code] = await exited;
  return code;
}

/** The servers that the tests run on. Each has the users that a `login_hint` names, and `user-1` without one. */
export const SERVERS = {
  'a certified provider': startProvider,
  'Ory Hydra': () => startOry('test-hydra'),
  'the mock server': () => startOry('test-mock'),
};

async function startProvider() {
  const program = await start(process.execPath, ['server.mjs'], { cwd: PROVIDER });
  const { issuer, control } = JSON.parse(program.lines[0]);
  return {
    issuer,
    /** Returns the ids of the registered clients. */
    clients: async () => (await (await fetch(`${control}/clients`)).json()).client_ids,
    stop: () => stop(program),
  };
}

/** Starts a server with Ory's admin API. */
async function startOry(name) {
  const program = await start(built(name), []);
  const { issuer, admin } = JSON.parse(program.lines[0]);
  return {
    issuer,
    clients: async () => (await (await fetch(`${admin}/admin/clients`)).json()).map((client) => client.client_id),
    stop: () => stop(program),
  };
}

let folder;

/** Returns the path of a program that `cargo build` built. */
function built(path) {
  folder ??= targetFolder();
  return join(folder, 'debug', path);
}

/** Starts a program that `cargo build` built, by its path in the target folder. */
export function startProgram(path, env) {
  return start(WATCH, [built(path)], { env: { PATH: process.env.PATH, ...env } });
}

function targetFolder() {
  const metadata = execFileSync('cargo', ['metadata', '--locked', '--no-deps', '--format-version=1'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(metadata).target_directory;
}

/**
 * Starts a web app on a free port. Browsers share cookies between ports, so two apps in one browser need two host
 * names.
 */
export async function startApp(provider, host = 'localhost', settings = {}) {
  const env = { ORY_URL: provider.issuer, LISTEN: `${host}:0`, ...settings };
  const program = await startProgram('ory-oidc-webapp', env);
  const url = /^The app is at (http:\S+)$/.exec(program.lines[0])?.[1];
  assert.ok(url, 'the app prints its URL');
  return { url, stop: () => stop(program) };
}

/**
 * Starts a proxy to the provider: an internal address, as in a cluster. It sends the public host name to the provider.
 */
export async function startInternalProxy(provider) {
  const { host, hostname, port } = new URL(provider.issuer);
  const paths = new Set();
  const server = createServer((req, res) => {
    paths.add(req.url.split('?', 1)[0]);
    const { method, url: path } = req;
    const forwarded = request({ hostname, port, method, path, headers: { ...req.headers, host } }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    forwarded.on('error', () => res.destroy());
    req.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** The requested paths. */
    paths,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function startBrowser() {
  const executablePath = execFileSync(join(ROOT, 'scripts/tools/chromium.sh'), { encoding: 'utf8' }).trim();
  // `launch` uses a new, empty profile.
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
