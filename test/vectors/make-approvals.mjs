// Writes approvals.json: node make-approvals.mjs. Everything is fixed.
import { writeFileSync } from 'node:fs';
import { cosigned, keyOf, line, note, origin, signed } from './receipts-kit.mjs';

const ann = keyOf(11, 'example.com/ann');
const annsOther = keyOf(12, 'example.com/ann');
const bob = keyOf(13, 'bob');
const stranger = keyOf(14, 'example.com/stranger');
const former = keyOf(15, 'former');
const coming = keyOf(16, 'coming');
const log = keyOf(1);
// Two real keys whose ids are equal, found by trying 72,448 of them.
const collider = keyOf(67_885);
const collided = keyOf(72_447);

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 21, 12);
const proposal = 'ab'.repeat(32);
const approvers = [
  { name: 'ann', vkey: ann.vkey },
  { name: 'ann', vkey: annsOther.vkey, from: now - day, to: now + day },
  { name: 'bob', vkey: bob.vkey },
  { name: 'former', vkey: former.vkey, to: now - 1 },
  { name: 'coming', vkey: coming.vkey, from: now + 1 },
  { name: 'collider', vkey: collider.vkey },
];
const policy = { origin, subject: { proposal }, approvers, now };

const until = (ms) => new Date(ms).toISOString();
/** The five lines, any of which may be another one. */
const textOf = (more = {}) => {
  const lines = {
    ...{ head: 'knhk/1/approval', origin, subject: `proposal ${proposal}`, verdict: 'allow' },
    ...{ expires: until(now + hour), ...more },
  };
  return `${Object.values(lines).join('\n')}\n`;
};
const text = textOf();
const by = (...keys) => note(text, ...keys.map((key) => signed(key, text)));
const of = (changed) => note(changed, signed(ann, changed));
const bent = ann.sign(Buffer.from(text));
bent[7] ^= 1;

const cases = [];
/** `answer` is the verdict of one that holds, or the code of its refusal. */
function add(name, noteText, answer, more = {}) {
  cases.push({ name, note: noteText, answer, ...more });
}

add('one approver allows', by(ann), 'allow');
add('one approver denies', of(textOf({ verdict: 'deny' })), 'deny');
add('another approver', by(bob), 'allow', { approvers: ['bob'] });
add('two approvers', by(ann, bob), 'allow', { approvers: ['ann', 'bob'] });
add('two of two', by(bob, ann), 'allow', { approvers: ['bob', 'ann'], policy: { required: 2 } });
add('a key in its range', by(annsOther), 'allow');
add('a key on its first ms', by(coming), 'allow', {
  approvers: ['coming'],
  policy: { now: now + 1 },
});
add('a key on its last ms', by(former), 'allow', {
  approvers: ['former'],
  policy: { now: now - 1 },
});
add('two keys of one person', by(ann, annsOther), 'allow', { approvers: ['ann', 'ann'] });
add('the last ms of it', by(ann), 'allow', { policy: { now: now + hour - 1 } });
add('an expiry as far ahead as may be', of(textOf({ expires: until(now + 7 * day) })), 'allow');
add('an expiry further ahead, which is allowed', of(textOf({ expires: until(now + 8 * day) })), 'allow', {
  policy: { maxAgeMs: 8 * day },
});
add('an action', of(textOf({ subject: 'action 9007199254740991 15' })), 'allow', {
  policy: { subject: { seq: 9_007_199_254_740_991, action: 15 } },
});
add('action 0 of leaf 0', of(textOf({ subject: 'action 0 0' })), 'allow', {
  policy: { subject: { seq: 0, action: 0 } },
});
add('somebody else proposed it', by(ann), 'allow', { policy: { proposer: { name: 'bob', vkey: stranger.vkey } } });
add('a deny of one where two must allow', of(textOf({ verdict: 'deny' })), 'deny', {
  policy: { required: 2 },
});

const malformed = 'KNHK_APPROVAL_TEXT';
const head = 'knhk/1/approval';
add('nothing', '', malformed);
add('no signature', text, malformed);
add('an empty block of signatures', `${text}\n`, malformed);
add('a newline too many', `${by(ann)}\n`, malformed);
add('no newline at the end', by(ann).slice(0, -1), malformed);
add('a carriage return', of(text.replaceAll('\n', '\r\n')), malformed);
add('a version to come', of(textOf({ head: 'knhk/2/approval' })), malformed);
add('another kind', of(textOf({ head: 'knhk/1/record' })), malformed);
add('no first line', of(text.slice(head.length + 1)), malformed);
add('an empty line before', of(`\n${text}`), malformed);
add('an unknown line behind', of(`${text}reason late\n`), malformed);
add('an empty line behind', of(`${text}\n`), malformed);
add('no expiry', of(text.split('\n').slice(0, 4).join('\n').concat('\n')), malformed);
add('an origin with a space', of(textOf({ origin: 'example.com/vec tors' })), malformed);
add('no origin', of(textOf({ origin: '' })), malformed);
for (const subject of [
  `proposal ${proposal.toUpperCase()}`,
  `proposal ${proposal.slice(2)}`,
  `proposal ${proposal}00`,
  `proposal  ${proposal}`,
  `proposal ${proposal} `,
  `proposal ${proposal} 0`,
  `Proposal ${proposal}`,
  'proposal',
  'action 7',
  'action 7 ',
  'action 07 0',
  'action 7 00',
  'action -7 0',
  'action 7 0 0',
  'action 7.0 0',
  'action 1e3 0',
  'action 9007199254740992 0',
  'leaf 7 0',
  '',
]) {
  add(`about '${subject}'`, of(textOf({ subject })), malformed);
}
for (const verdict of ['Allow', 'ALLOW', 'allow ', ' allow', 'yes', 'allow deny', '']) {
  add(`the answer '${verdict}'`, of(textOf({ verdict })), malformed);
}
for (const expires of [
  '2026-11-21T13:00:00Z',
  '2026-11-21T13:00:00.0Z',
  '2026-11-21T13:00:00.0000Z',
  '2026-11-21T14:00:00.000+01:00',
  '2026-11-21T13:00:00.000+00:00',
  '2026-11-21t13:00:00.000z',
  '2026-11-21 13:00:00.000Z',
  '2026-11-20T37:00:00.000Z',
  '2026-11-20T24:00:00.000Z',
  '2026-02-30T13:00:00.000Z',
  '+002026-11-21T13:00:00.000Z',
  '-000001-11-21T13:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  String(now + hour),
  'never',
  '',
]) {
  add(`until '${expires}'`, of(textOf({ expires })), malformed);
}

add('another log', of(textOf({ origin: 'example.com/other' })), 'KNHK_APPROVAL_ORIGIN');
const other = 'cd'.repeat(32);
add('another proposal', of(textOf({ subject: `proposal ${other}` })), 'KNHK_APPROVAL_SUBJECT');
add('an action instead', of(textOf({ subject: 'action 7 0' })), 'KNHK_APPROVAL_SUBJECT');
for (const subject of [{ seq: 7, action: 1 }, { seq: 70, action: 0 }, { proposal }]) {
  add(`action 7 0 for ${JSON.stringify(subject)}`, of(textOf({ subject: 'action 7 0' })), 'KNHK_APPROVAL_SUBJECT', {
    policy: { subject },
  });
}
add('expired this ms', by(ann), 'KNHK_APPROVAL_EXPIRED', { policy: { now: now + hour } });
add('expired in 1970', of(textOf({ expires: until(0) })), 'KNHK_APPROVAL_EXPIRED');
const far = of(textOf({ expires: until(now + 7 * day + 1) }));
add('a ms too far ahead', far, 'KNHK_APPROVAL_HORIZON');
add('the year 9999', of(textOf({ expires: '9999-12-31T23:59:59.999Z' })), 'KNHK_APPROVAL_HORIZON');
add('too far ahead for this host', by(ann), 'KNHK_APPROVAL_HORIZON', { policy: { maxAgeMs: hour - 1 } });

add('a stranger', by(stranger), 'KNHK_APPROVAL_KEY');
add('the key of the log', by(log), 'KNHK_APPROVAL_KEY');
add('a stranger beside an approver', by(ann, stranger), 'KNHK_APPROVAL_KEY');
add('the key of an approver under another name', note(text, line({ ...ann, name: 'bob' }, ann.sign(Buffer.from(text)))), 'KNHK_APPROVAL_KEY');
add('the name of an approver over another key', by(keyOf(14, ann.name)), 'KNHK_APPROVAL_KEY');
add('an approver who cosigned as a witness', note(text, cosigned(keyOf(11, ann.name, 4), text)), 'KNHK_APPROVAL_KEY');
const twice = 'KNHK_APPROVAL_DUPLICATE';
add('one key twice', by(ann, ann), twice);
add('one key twice, another between', by(ann, bob, ann), twice);
add('one key twice, wrong the second time', note(text, signed(ann, text), line(ann, bent)), twice);
add('a key of the past', by(former), 'KNHK_APPROVAL_KEY_TIME');
add('a key of the future', by(coming), 'KNHK_APPROVAL_KEY_TIME');
add('a key of the past beside a good one', by(ann, former), 'KNHK_APPROVAL_KEY_TIME');
const self = 'KNHK_APPROVAL_PROPOSER';
add('the proposer by name', by(ann), self, { policy: { proposer: { name: 'ann' } } });
add('the proposer by the name of the key', by(ann), self, { policy: { proposer: { name: ann.name } } });
add('the proposer by key', by(ann), self, { policy: { proposer: { vkey: ann.vkey } } });
add('the proposer by key, under another name', by(ann), self, { policy: { proposer: { vkey: keyOf(11, 'planner').vkey } } });
add('the proposer by another key of that person', by(ann), self, { policy: { proposer: { vkey: annsOther.vkey } } });
add('the proposer beside another approver', by(bob, ann), self, { policy: { proposer: { name: 'ann' } } });
add('the proposer denies', of(textOf({ verdict: 'deny' })), self, { policy: { proposer: { name: 'ann' } } });
const wrong = 'KNHK_APPROVAL_SIGNATURE';
add('a bent signature', note(text, line(ann, bent)), wrong);
add('a bent signature beside a good one', note(text, signed(bob, text), line(ann, bent)), wrong);
add('the signature of another text', note(text, signed(ann, textOf({ verdict: 'deny' }))), wrong);
add('the signature of another key', note(text, line(ann, bob.sign(Buffer.from(text)))), wrong);
add('a signature of one byte', note(text, line(ann, Buffer.of(1))), wrong);
add('a signature with a byte more', note(text, line(ann, Buffer.concat([ann.sign(Buffer.from(text)), Buffer.of(0)]))), wrong);
add('zeros for a signature', note(text, line(ann, Buffer.alloc(64))), wrong);
add('another key of an approver\'s name and id', by(collided), wrong);
add('the key whose id another one has', by(collider), 'allow', { approvers: ['collider'] });
const quorum = 'KNHK_APPROVAL_QUORUM';
add('one of two', by(ann), quorum, { policy: { required: 2 } });
add('one of two, with two keys', by(ann, annsOther), quorum, { policy: { required: 2 } });
add('two of three', by(ann, annsOther, bob), quorum, { policy: { required: 3 } });

const file = new URL('approvals.json', import.meta.url);
writeFileSync(file, `${JSON.stringify({ policy, cases }, null, 1)}\n`);
