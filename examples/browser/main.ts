import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { issueReceipts } from './receipts.ts';

// Receipts are verified in a browser, by the same code as in Node: a page imports `knhk/receipts`
// as it is, without a bundler. Prints where the page is; ends with the process.

const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
const { keyring, receipts } = await issueReceipts();

const root = new URL('../../../', import.meta.url);
// Nothing else of the package's folder is served.
const folders = ['/dist/', '/node_modules/@noble/'];
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
};

async function contentOf(path: string): Promise<[type: string, body: string | Buffer]> {
  if (path === '/keyring.json') return ['application/json', JSON.stringify(keyring)];
  if (path === '/receipts.json') return ['application/json', JSON.stringify(receipts)];
  const file = path === '/' ? '/examples/browser/index.html' : path;
  const type = types[extname(file)];
  const isServed = path === '/' || folders.some((folder) => path.startsWith(folder));
  if (!isServed || type === undefined) throw new Error('not served');
  return [type, await readFile(fileURLToPath(new URL(`.${file}`, root)))];
}

const answer: RequestListener = async (request, response) => {
  try {
    // A URL has no steps upwards left once it is parsed.
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [type, body] = await contentOf(pathname);
    response.writeHead(200, { 'content-type': type }).end(body);
  } catch {
    response.writeHead(404).end();
  }
};

const server = createServer(answer).listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
});
