/** One limit on how fast the number of replicas changes, as in Kubernetes' autoscaling/v2. */
export interface HpaPolicy {
  /** Pods: so many replicas; Percent: such a share of those at the start of the period. */
  readonly type: 'Pods' | 'Percent';
  /** Replicas or percent, an integer above 0. */
  readonly value: number;
  /** Length of the period that the limit holds for: 1 to 1,800. */
  readonly periodSeconds: number;
}

/** How scaling in one direction behaves, as in Kubernetes' autoscaling/v2. */
export interface HpaScaling {
  /**
   * For so long earlier recommendations count: scaling up follows the lowest, scaling down the
   * highest. 0 to 3,600; default 0 for up, 300 for down.
   */
  readonly stabilizationWindowSeconds?: number;
  /** At least one; default for up 100 percent or 4 pods, for down 100 percent, in 15 seconds. */
  readonly policies?: readonly HpaPolicy[];
  /** Which policy counts: the one that allows the most or the least; or no change. Default Max. */
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
  /** Changes of the ratio up to this share are ignored in this direction. */
  readonly tolerance?: number;
}

/** What the rule is given of a HorizontalPodAutoscaler; the names are those of its spec. */
export interface HpaSpec {
  /** Least number of replicas, default 1. */
  readonly minReplicas?: number;
  /** Greatest number of replicas. */
  readonly maxReplicas: number;
  /** Changes of the ratio up to this share are ignored; default 0.1. */
  readonly tolerance?: number;
  /** How each direction behaves. */
  readonly behavior?: { readonly scaleUp?: HpaScaling; readonly scaleDown?: HpaScaling };
}

/**
 * What is known of one metric. All are plain numbers, so that a pattern can carry them. A metric
 * that describes all replicas together, such as the length of a queue, is divided by their number
 * beforehand, or given as it is with a target for all.
 */
export interface HpaMetric {
  /** Its mean over the measured replicas; absent where it could not be read. */
  readonly current?: number;
  /** What it should be, above 0. */
  readonly target: number;
  /** Replicas without a value; default 0. */
  readonly missing?: number;
  /** Replicas that are not ready yet and whose values are not in `current`; default 0. */
  readonly unready?: number;
}

/** What the rule has to remember between two calls; plain JSON. */
export interface HpaState {
  /** What metrics recommended, oldest first; those that cannot matter any more are dropped. */
  readonly recommendations: readonly { readonly at: number; readonly replicas: number }[];
  /** Changes that were carried out, oldest first. */
  readonly events: readonly { readonly at: number; readonly change: number }[];
  /** The latest answer: it becomes an event where the next call finds it carried out. */
  readonly asked?: { readonly at: number; readonly from: number; readonly to: number };
}

/** What {@link scaleReplicas} is given. */
export interface HpaInput {
  /** Replicas that there should be by now. */
  readonly replicas: number;
  /** The metrics; the highest number that one of them wants is followed. */
  readonly metrics: readonly HpaMetric[];
  /** The time in ms since 1970. */
  readonly now: number;
  /** What the call before gave; absent at the first. */
  readonly state?: HpaState;
}

/** What {@link scaleReplicas} answers. */
export interface HpaDecision {
  /** How many replicas there should be. */
  readonly replicas: number;
  /** How many the metrics ask for; absent where they were not asked or gave no answer. */
  readonly wanted?: number;
  /**
   * What decided: the metrics (`wanted`); a window or policy that holds them back; minReplicas or
   * maxReplicas; a metric that could not be read; 0 replicas, which switch scaling off.
   */
  readonly reason: 'wanted' | 'stabilization' | 'policy' | 'bounds' | 'metrics' | 'disabled';
  /** For the next call. */
  readonly state: HpaState;
}
