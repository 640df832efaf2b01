// Preloaded with `node --import`: lets a process hang between the write of an epoch and its sync.
// Call number KNHK_HOLD of fs.fdatasync is told on descriptor 4 and never comes back, so whoever
// watches can kill the process exactly when leaves are written and not acknowledged.
import fs from 'node:fs';

const holdAt = Number(process.env.KNHK_HOLD);
const { fdatasync } = fs;
let calls = 0;

fs.fdatasync = (fd, done) => {
  calls++;
  if (calls !== holdAt) {
    fdatasync.call(fs, fd, done);
    return;
  }
  // A sync under way keeps a process alive, so this one has to as well.
  setInterval(() => {}, 60_000);
  fs.writeSync(4, 'held\n');
};
