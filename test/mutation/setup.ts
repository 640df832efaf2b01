import fc from 'fast-check';

// The same inputs for every mutant, so that a score can be compared with the one before.
fc.configureGlobal({ seed: 1 });
