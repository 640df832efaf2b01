const prefix = 'knhk receipt log\nformat 1\norigin ';

/** The text of a log's FORMAT. */
export const formatText = (origin: string): string => `${prefix}${origin}\n`;

/** The origin that a FORMAT of this version names; undefined for any other text. */
export function originIn(text: string): string | undefined {
  const origin = /origin (\S+)\n$/.exec(text)?.[1];
  return origin !== undefined && text === formatText(origin) ? origin : undefined;
}
