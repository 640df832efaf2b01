import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { completeFigure, type Figure, formatFigures, type Topic } from './harness.ts';
import { importInternal, importPeer, resolvePeer, root } from './packages.ts';

// npm run bench -- [TOPIC...] [--json]: without a topic, all of them. Figures go to stdout, the
// rest to stderr. Exit code 1: a goal was missed. 2: wrong usage, or peers are not installed.

const topicsFolder = join(dirname(fileURLToPath(import.meta.url)), 'topics');

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}

function header(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const date = new Date().toISOString().slice(0, 10);
  return `${model}, ${processors.length} cores, Node ${process.version}, ${date}`;
}

const topicNames = (): string[] =>
  readdirSync(topicsFolder)
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => file.replace(/\.[jt]s$/, ''))
    .sort();

async function loadTopic(name: string): Promise<Topic> {
  const file = readdirSync(topicsFolder).find((entry) => entry.replace(/\.[jt]s$/, '') === name);
  if (file === undefined) stop(`No topic ${name}. Topics: ${topicNames().join(', ')}`);
  return (await import(pathToFileURL(join(topicsFolder, file)).href)) as Topic;
}

async function runTopic(name: string, topic: Topic, emit: (figure: Figure) => void): Promise<void> {
  // Inside the project, because a temporary folder may lie in memory, where a sync costs nothing.
  const directory = mkdtempSync(join(root, 'build', 'bench-'));
  try {
    await topic.run({
      directory,
      figure: (entry) => emit(completeFigure(name, entry)),
      peer: importPeer,
      internal: importInternal,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(words: readonly string[]): Promise<void> {
  const isJson = words.includes('--json');
  const unknown = words.find((word) => word.startsWith('-') && word !== '--json');
  if (unknown !== undefined) stop(`Unknown option ${unknown}. Use: [TOPIC...] [--json]`);
  const asked = words.filter((word) => word !== '--json');
  const names = asked.length === 0 ? topicNames() : asked;
  const topics: [string, Topic][] = [];
  for (const name of names) {
    const topic = await loadTopic(name);
    // What takes minutes and gigabytes runs only where it is asked for.
    if (asked.length > 0 || topic.large !== true) topics.push([name, topic]);
  }
  const peers = [...new Set(topics.flatMap(([, topic]) => topic.peers ?? []))];
  const missing = peers.filter((name) => resolvePeer(name) === undefined);
  if (missing.length > 0) {
    stop(`Not installed: ${missing.join(', ')}. Run: npm ci --prefix bench`);
  }
  console.error(header());
  const figures: Figure[] = [];
  for (const [name, topic] of topics) {
    await runTopic(name, topic, (figure) => {
      figures.push(figure);
      if (isJson) console.log(JSON.stringify(figure));
    });
  }
  if (!isJson) console.log(formatFigures(figures));
  const missed = figures.filter(({ met }) => met === false);
  if (missed.length === 0) return;
  console.error(`Goals missed: ${missed.map(({ figure }) => figure).join(', ')}`);
  process.exitCode = 1;
}

await main(process.argv.slice(2));
