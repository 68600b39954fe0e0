// What the tests run in: the provider, the web app and the browser, on this machine only.
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
const PROVIDER = fileURLToPath(new URL('../provider/', import.meta.url));
const SECONDS = 20;

/** Starts a program that ends when its standard input does, and waits for the first line that it writes. */
async function start(command, args, options) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  // With all it wrote.
  const exited = once(child, 'close');
  const output = createInterface({ input: child.stdout });
  const lines = [];
  output.on('line', (line) => lines.push(line));
  try {
    await Promise.race([
      once(output, 'line', { signal: AbortSignal.timeout(SECONDS * 1000) }),
      exited.then(([code]) => { throw new Error(`${[command, ...args].join(' ')} ended with ${code} before it was ready`); }),
    ]);
  } catch (error) {
    child.stdin.end();
    throw error;
  }
  return { exited, lines, end: () => child.stdin.end() };
}

/** Ends a program; its exit code. */
async function stop({ exited, end }) {
  end();
  const [code] = await exited;
  return code;
}

export async function startProvider() {
  const program = await start(process.execPath, ['server.mjs'], { cwd: PROVIDER });
  const { issuer, control } = JSON.parse(program.lines[0]);
  return {
    issuer,
    /** The ids of the clients that are registered. */
    clients: async () => (await (await fetch(`${control}/clients`)).json()).client_ids,
    stop: () => stop(program),
  };
}

let folder;

/** Starts an example, as `cargo build --example` made it. */
export function startExample(name, env) {
  folder ??= targetFolder();
  return start(WATCH, [join(folder, 'debug', 'examples', name)], { env: { PATH: process.env.PATH, ...env } });
}

function targetFolder() {
  const metadata = execFileSync('cargo', ['metadata', '--locked', '--no-deps', '--format-version=1'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(metadata).target_directory;
}

/**
 * A web app of its own, on any free port. Cookies know hosts and no ports: two apps in one browser need two names
 * of this machine.
 */
export async function startApp(provider, host = 'localhost', settings = {}) {
  const program = await startExample('webapp', { ORY_URL: provider.issuer, LISTEN: `${host}:0`, ...settings });
  const url = /^The app is at (http:\S+)$/.exec(program.lines[0])?.[1];
  assert.ok(url, 'the app says where it is');
  return { url, stop: () => stop(program) };
}

/** Another address of the provider, as an app has it in a cluster. The provider is told that it is the public one. */
export async function startInside(provider) {
  const { host, hostname, port } = new URL(provider.issuer);
  const paths = new Set();
  const server = createServer((req, res) => {
    paths.add(req.url.split('?', 1)[0]);
    const { method, url: path } = req;
    const onwards = request({ hostname, port, method, path, headers: { ...req.headers, host } }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    onwards.on('error', () => res.destroy());
    req.pipe(onwards);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** What was asked for here. */
    paths,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function startBrowser() {
  const executablePath = execFileSync(join(ROOT, 'scripts/chromium.sh'), { encoding: 'utf8' }).trim();
  // It gets an empty profile of its own.
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
