/** Child of store-trouble.test.ts: commits, says so, and waits to be killed; or fills the file until it is refused. */
import { openStore } from '../../agent/adapters/open-store.ts';
import { AgentError } from '../../agent/errors.ts';
import { deployment } from './values.ts';

const [, , path = '', errand = ''] = process.argv;
const { store } = openStore(path, { mayMigrate: true });
store.open(deployment());

if (errand === 'fill') {
  let kept = 0;
  try {
    for (;;) {
      store.setFact(`fact-${kept}`, 'x'.repeat(10_000));
      kept += 1;
    }
  } catch (error) {
    const code = error instanceof AgentError ? error.code : String(error);
    const after = store.fact(`fact-${kept - 1}`) === undefined ? 'lost' : 'kept';
    process.stdout.write(
      `${code} ${after} ${store.fact(`fact-${kept}`) === undefined} ${store.deployment()?.id}\n`,
    );
  }
} else {
  store.checkpoint('d1', [{ slotClass: 'rootfs', indexDigest: 'x', chunks: 3 }], {
    fetched: 1,
    reused: 2,
    written: 3,
    verified: 4,
  });
  process.stdout.write('committed\n');
  setInterval(() => store, 60_000);
}
