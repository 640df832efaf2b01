import type { DiagnosticsChannel } from '../runtime/channels.ts';
import { diag } from './api.ts';

/** Runs what may fail on the host's side and must not become the library's failure. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    diag.error('knhk: telemetry was lost', error);
  }
}

/** Listens until the function returned is called. Node ends the process where a listener throws. */
export function listen<Message>(
  channel: DiagnosticsChannel,
  hear: (message: Message) => void,
): () => void {
  const listener = (message: unknown): void => attempt(() => hear(message as Message));
  channel.subscribe(listener);
  return () => void channel.unsubscribe(listener);
}
