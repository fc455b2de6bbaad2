/** Rule 9: `donabe status` shows that Linux and MCU do not fit, what belongs to the image, and whether anybody may heat. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RemoteHeatingFile } from '../../agent/adapters/remote-heating-file.ts';
import { keepStatusFile } from '../../agent/adapters/status-file.ts';
import { AgentError } from '../../agent/index.ts';
import { agentRoom } from '../../cli/session.ts';
import { collect, linesOf } from '../../cli/status.ts';
import { firmware } from '../70-walk/stove.ts';
import { type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

let folder: LabFolder;
let factory: Published;
let world: World;
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1, { firmware: firmware('2.4.0') });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory);
  return () => world.dispose();
});

/** One start of the agent with its real files, and what the command says after it. */
async function shown(): Promise<{ status: Awaited<ReturnType<typeof collect>>; lines: readonly string[] }> {
  const device = await world.boot();
  const run = world.folder;
  keepStatusFile(run, device.reporter, () => 0);
  const remoteHeating = new RemoteHeatingFile(run, device.reporter);
  expect(await world.live({ ...device, remoteHeating })).toBe('asleep');
  const status = await collect({ room: await agentRoom(), device }, run);
  return { status, lines: linesOf(status) };
}

it('a pair that fits', async () => {
  world.withStove({ firmware: firmware('2.4.0') });
  const { status, lines } = await shown();
  expect(status).toMatchObject({ conditions: [], mcuFirmware: '2.4.0', remoteHeating: { allowed: true } });
  expect(lines).toContain('MCU firmware of this release: 2.4.0');
  expect(lines).toContain('remote heating: allowed');
  expect(lines.join('\n')).not.toContain('condition');
});

it('a pair that does not', async () => {
  const stove = world.withStove({ firmware: firmware('2.3.0') });
  stove.before = (question) => {
    if (question === 'transfer') throw new AgentError('MCU_FAILED', 'The MCU talks nonsense.');
  };
  const { status, lines } = await shown();
  expect(status).toMatchObject({ conditions: ['mcu-mismatch'], remoteHeating: { allowed: false } });
  expect(status.remoteHeating?.reason).toMatch(
    /^mcu-mismatch: .*could not be brought to 2\.4\.0 in 5 attempts/,
  );
  expect(lines).toContain('condition: mcu-mismatch');
  expect(lines.join('\n')).toMatch(/^remote heating: refused: mcu-mismatch: /m);
});

it('a product without an MCU has nothing to say of one', async () => {
  const { status, lines } = await shown();
  expect(status).toMatchObject({ conditions: [], mcuFirmware: undefined, remoteHeating: undefined });
  expect(lines.join('\n')).not.toMatch(/MCU|heating/);
});
