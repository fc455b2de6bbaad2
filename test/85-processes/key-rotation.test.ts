/**
 * Rule 13, between real processes: a fleet goes from an Ed25519 key to one of ECDSA P-256. The bridging release is
 * signed by both and its image trusts the new one; from then on the old key is worth nothing.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMixedKeys } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
});
afterAll(() => workshop.close());

it('the old key installs the bridge, the new one what follows, and the old one nothing more', async () => {
  const old = workshop.keys;
  const mixed = makeMixedKeys();
  const isNew = ({ scheme }: { readonly scheme: string }): boolean => scheme === 'ecdsa-p256-sha256';
  const fresh = {
    privateKeys: mixed.privateKeys.filter(isNew),
    trustedKeys: mixed.trustedKeys.filter(isNew),
  };
  const bridge = { ...fresh, privateKeys: [...old.privateKeys, ...fresh.privateKeys] };
  const kitchen = await Kitchen.open(workshop, await workshop.factory());
  try {
    const early = await workshop.build({ version: '1.0.1', sequence: 2, keys: fresh });
    await kitchen.publish(early);
    const board = await kitchen.switchOn();
    await board.waitForLine(/MANIFEST_REJECTED/);

    await kitchen.publish(await workshop.build({ version: '1.1.0', sequence: 3, keys: bridge }));
    const crossed = await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);

    await kitchen.publish(await workshop.build({ version: '1.2.0', sequence: 4, keys: old }));
    const refused = await board.waitForLine(/MANIFEST_REJECTED/, { after: crossed });

    await kitchen.publish(await workshop.build({ version: '1.3.0', sequence: 5, keys: fresh }));
    await board.waitForLine(/slot-marked-good: Slot a is good: 1\.3\.0/, { after: refused });
  } finally {
    expect(await kitchen.close()).toEqual([]);
  }
});
