import { fail } from '../../base/errors.ts';

/** What the monitor of a loop keeps; every bound has a default. */
export interface MonitorOptions {
  /**
   * Length of the sliding window in ms of `at`, 1 to 2^40, rounded up to whole ms for each pane; by
   * default an hour.
   */
  readonly windowMs?: number;
  /** Panes that the window is divided into, 1 to 1,440; by default 60. */
  readonly panes?: number;
  /** Types that are told apart, 1 to 65,536 (default); all further ones count as type `*`. */
  readonly types?: number;
  /** Fields that are watched over all types, 0 to 1,048,576; by default 65,536. */
  readonly fields?: number;
  /** Different texts of a field that are known exactly, 1 to 65,536; by default 1,024. */
  readonly texts?: number;
  /** Texts that are counted as occurring most often, 1 to 256; by default 16. */
  readonly heavy?: number;
  /**
   * Numeric fields that are scored as series, each at the cost of {@link seriesAnomaly}: the first
   * so many that occur, 0 to 65,536; by default 256.
   */
  readonly series?: number;
}

/** {@link MonitorOptions} with nothing left out. */
export interface MonitorBounds extends Required<MonitorOptions> {
  readonly paneMs: number;
}

const ranges = {
  windowMs: [1, 2 ** 40, 3_600_000],
  panes: [1, 1_440, 60],
  types: [1, 65_536, 65_536],
  fields: [0, 1_048_576, 65_536],
  texts: [1, 65_536, 1_024],
  heavy: [1, 256, 16],
  series: [0, 65_536, 256],
} as const satisfies Record<keyof MonitorOptions, readonly [number, number, number]>;

/**
 * Checks the options and fills in defaults.
 *
 * @throws KnhkError KNHK_LOOP_OPTION
 */
export function monitorBounds(options: MonitorOptions = {}): MonitorBounds {
  const bounds = {} as Record<keyof MonitorOptions, number>;
  for (const [key, [least, most, usual]] of Object.entries(ranges)) {
    const name = key as keyof MonitorOptions;
    const value = options[name] ?? usual;
    if (!Number.isInteger(value) || value < least || value > most) {
      const expected = `an integer from ${least} to ${most}`;
      fail('KNHK_LOOP_OPTION', `openLoop, monitor.${name}`, expected, options[name]);
    }
    bounds[name] = value;
  }
  const paneMs = Math.ceil(bounds.windowMs / bounds.panes);
  return { ...bounds, windowMs: paneMs * bounds.panes, paneMs };
}
