import type { GraphShapes } from './engines.ts';
import { refused } from './pool/answer.ts';
import type { Found, Task, TaskAnswer } from './pool/task.ts';
import type { ValidationReport } from './report/types.ts';
import type { Progress } from './run.ts';

/** Validates each graph by itself: what one text does wrong is said of that text. */
export async function runGraphs(
  shapes: GraphShapes,
  { texts, settings }: Task,
  progress: Progress,
): Promise<TaskAnswer> {
  const found: Found[] = [];
  for (let index = 0; index < texts.length; index++) {
    // One at least: a task that answers nothing would come back for ever.
    if (index > 0 && progress.late()) return { kind: 'done', upTo: index, found };
    try {
      const text = progress.begin(index);
      const report = await shapes.validate(text, settings);
      if (!isBare(report)) found.push([index, { kind: 'report', report }]);
    } catch (error) {
      found.push([index, refused(error)]);
    }
  }
  return { kind: 'done', upTo: texts.length, found };
}

const isBare = ({ conforms, results, truncated }: ValidationReport): boolean =>
  conforms && results.length === 0 && !truncated;
