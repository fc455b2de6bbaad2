/** Child of lock.test.ts and slots.test.ts: takes a lock, says so, and holds it until it is killed. */
import { holdExclusively } from '../../agent/adapters/exclusive-file.ts';
import { acquireLock } from '../../agent/adapters/lock.ts';

const [, , where = '', verb = ''] = process.argv;
const held = verb === '' ? holdExclusively(where) : acquireLock(where, verb);
process.stdout.write(`${held === undefined ? 'refused' : 'held'} ${process.pid}\n`);
// The reference in the timer keeps the lock from being collected.
setInterval(() => held, 60_000);
