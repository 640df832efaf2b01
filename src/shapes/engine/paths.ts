import type { GraphTerms } from '../graph/terms.ts';
import type { ShapePath } from '../model.ts';
import type { Run } from './run.ts';
import type { Collector, ValueNodes, Walk } from './shape.ts';

/** How a path comes to its value nodes (W3C SHACL, section 2.3.1); one edge is read in place. */
export function valueNodes(path: ShapePath | undefined, terms: GraphTerms): ValueNodes {
  if (path === undefined) return { kind: 'focus' };
  if (path.kind === 'predicate') return { kind: 'predicate', predicate: terms.iri(path.iri) };
  if (path.kind === 'inverse' && path.path.kind === 'predicate') {
    return { kind: 'inverse', predicate: terms.iri(path.path.iri) };
  }
  return { kind: 'path', walk: walkOf(path, terms, false) };
}

/** @param backwards whether the path is walked from its end, as inside an inverse path */
function walkOf(path: ShapePath, terms: GraphTerms, backwards: boolean): Walk {
  switch (path.kind) {
    case 'predicate':
      return edge(terms.iri(path.iri), backwards);
    case 'inverse':
      return walkOf(path.path, terms, !backwards);
    case 'sequence': {
      const steps = path.paths.map((step) => walkOf(step, terms, backwards));
      return sequence(backwards ? steps.reverse() : steps);
    }
    case 'alternative': {
      const branches = path.paths.map((branch) => walkOf(branch, terms, backwards));
      return (run, node, out) => {
        for (const branch of branches) branch(run, node, out);
      };
    }
    case 'zeroOrOne': {
      const step = walkOf(path.path, terms, backwards);
      return (run, node, out) => {
        out.add(node);
        step(run, node, out);
      };
    }
    default:
      return repeated(walkOf(path.path, terms, backwards), path.kind === 'zeroOrMore');
  }
}

function edge(predicate: number, backwards: boolean): Walk {
  return (run: Run, node: number, out: Collector): void => {
    const runs = backwards ? run.inbound() : run.out;
    if (!runs.find(node, predicate)) return;
    const { lo, hi, other } = runs;
    for (let slot = lo; slot < hi; slot++) out.add(other[slot] as number);
  };
}

function sequence(steps: readonly Walk[]): Walk {
  return (run, node, out) => {
    let from = run.collector();
    let to = run.collector();
    from.add(node);
    for (let index = 0; index < steps.length; index++) {
      const last = index === steps.length - 1;
      to.clear();
      const step = steps[index] as Walk;
      for (let at = 0; at < from.count; at++) step(run, from.items[at] as number, last ? out : to);
      [from, to] = [to, from];
    }
    run.release();
    run.release();
  };
}

function repeated(step: Walk, withStart: boolean): Walk {
  return (run, node, out) => {
    // What other walks have put into `out` must not keep this one from going on there.
    const reached = run.collector();
    if (withStart) reached.add(node);
    else step(run, node, reached);
    for (let at = 0; at < reached.count; at++) step(run, reached.items[at] as number, reached);
    for (let at = 0; at < reached.count; at++) out.add(reached.items[at] as number);
    run.release();
  };
}
