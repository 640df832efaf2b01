import type { LoopCore } from './core.ts';
import { checkedKnowledge } from './knowledge/exchange.ts';

/**
 * Takes in what another loop has learnt; the document is stored and a leaf names it.
 *
 * @throws KnhkError KNHK_LOOP_KNOWLEDGE, KNHK_RUNTIME_FROZEN and what the log says
 */
export async function importKnowledge(core: LoopCore, text: string): Promise<void> {
  const imported = checkedKnowledge(text);
  const knowledge = core.control.log.putBlob('knowledge', imported);
  const entry = { event: 'import', cycle: core.cycle, knowledge } as const;
  await core.write({ entries: [entry] }, imported).durable;
}
