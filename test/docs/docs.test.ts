import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/base/codes.ts';
import { readTexts } from '../tidy/files.ts';
import { entriesOf, parseSources, publicNames } from './names.ts';
import {
  type Exceptions,
  foreignDocuments,
  idleExamples,
  missingDocs,
  silentMembers,
  unknownThrows,
  unnamedCodes,
} from './rules.ts';

const manifest = JSON.parse(readTexts(['package.json'])[0]!.text);
const files = parseSources();
const names = publicNames(files, entriesOf(manifest, files));
const codes: ReadonlySet<string> = new Set(Object.keys(errorCodes));

const exceptions: Exceptions = {
  'Loop.cycle': {
    codes: ['KNHK_TERMS_DECLARATION', 'KNHK_LIMIT_FIELDS', 'KNHK_TERMS_NAME'],
    why: 'the declaration of LoopAction is a constant, and fits',
  },
  'Loop.start': { codes: ['*'], why: 'what its cycles throw later shows in health' },
  'Loop.propose': { codes: ['KNHK_LOOP_PROPOSAL'], why: 'a stage gives it back as its verdict' },
  'Loop.approve': {
    codes: ['KNHK_LOOP_PROPOSAL', 'KNHK_APPROVAL_TEXT', 'KNHK_APPROVAL_POLICY'],
    why: 'a verdict of a stage; the policy was checked when the loop was opened',
  },
  'Runtime.explain': {
    codes: ['KNHK_TERMS_CONDITION', 'KNHK_TERMS_PATTERN', 'KNHK_LIMIT_CONDITIONS'],
    why: 'the conditions of a linked snapshot were checked when it was linked',
  },
  shapesEngineConformance: { codes: ['*'], why: 'its cases throw, when they are run' },
  signerConformance: { codes: ['*'], why: 'its cases throw, when they are run' },
};

/** Members whose name and type say everything, though no rule here can tell. */
const selfEvident: ReadonlySet<string> = new Set(['StoreOptions.origin']);

describe('the docstrings of the public names', () => {
  it('are there, with an example wherever something runs', () => {
    expect(names.length).toBeGreaterThan(100);
    expect(missingDocs(names)).toEqual([]);
  });
  it('say what a name and a type do not', () => {
    expect(silentMembers(names, selfEvident)).toEqual([]);
  });
  it('name the codes that can be thrown', () => {
    expect(unnamedCodes(names, files, exceptions)).toEqual([]);
  });
  it('need every exception that is made', () => {
    const found = unnamedCodes(names, files).join('\n');
    expect(Object.keys(exceptions).filter((title) => !found.includes(` ${title}: `))).toEqual([]);
    const silent = silentMembers(names).join('\n');
    expect([...selfEvident].filter((title) => !silent.includes(` ${title}: `))).toEqual([]);
  });
  it('name only codes that exist', () => {
    expect(unknownThrows(files.values(), codes)).toEqual([]);
  });
  it('are the only ones with examples, so that all are run', () => {
    expect(idleExamples(files.values(), names)).toEqual([]);
  });
  it('lean on documents that are here', () => {
    expect(foreignDocuments([...files.values()])).toEqual([]);
  });
});
