import type { DiagnosticsChannel } from '../runtime/channels.ts';
import { diag } from './api.ts';

/** Listens until the function returned is called. Node ends the process where a listener throws. */
export function listen<Message>(
  channel: DiagnosticsChannel,
  hear: (message: Message) => void,
): () => void {
  const listener = (message: unknown): void => {
    try {
      hear(message as Message);
    } catch (error) {
      diag.error('knhk: telemetry was lost', error);
    }
  };
  channel.subscribe(listener);
  return () => void channel.unsubscribe(listener);
}
