/** `donabe status`: what this device runs, what it is doing, what happened last. Reads only, takes no lock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { megabytes, printResult, table } from './output.js';
import { reading } from './session.js';
/** Past deployments that are shown. */
const SHOWN = 5;
export function statusCommand(configPath) {
    return new Command('status')
        .description('slots, release, what the agent does and why it waits, the last deployments')
        .option('--json', 'one JSON object')
        .addHelpText('after', '\nExamples:\n  donabe status\n  donabe status --json | jq .event.phase')
        .action((options) => reading(configPath(), async (context) => {
        const status = await collect(context);
        printResult(options.json === true, status, linesOf(status));
    }));
}
async function collect({ room, config, device }) {
    const boot = await device.bootControl.read();
    const { record } = await device.vault.read();
    const run = config.values['paths.run'];
    const row = device.store.deployment();
    const slotStatus = (slot) => ({
        slot,
        version: slot === device.booted ? device.release.version : (record.seals[slot]?.version ?? ''),
        booted: slot === device.booted,
        active: boot.active === slot,
        bootable: boot.slots[slot].bootable,
        good: room.isGood(slot, boot, record),
        tries: boot.slots[slot].triesRemaining,
    });
    return {
        device: device.id,
        version: device.release.version,
        slots: [slotStatus('a'), slotStatus('b')],
        walker: room.lockHolder(run),
        event: readEvent(join(run, room.STATUS_FILE)),
        deployment: row === undefined ? undefined : withoutEnvelope(row),
        history: device.store.history(SHOWN),
        refused: device.store.allFailures().flatMap((counts) => {
            const reason = room.refusalOf(counts);
            return reason === undefined ? [] : [{ version: counts.version, identity: counts.identity, reason }];
        }),
    };
}
function withoutEnvelope({ envelope: _envelope, ...row }) {
    return row;
}
/** Written by rename, so it is whole or absent. */
function readEvent(path) {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}
function linesOf(status) {
    const { event, deployment } = status;
    const doing = event === undefined
        ? 'no agent has run in this boot'
        : `${event.phase}, ${event.progress} %${event.reason === undefined ? '' : `: ${event.reason}`}`;
    return [
        `device ${status.device} runs ${status.version}`,
        ...table([
            ['slot', 'version', 'booted', 'active', 'bootable', 'good', 'tries'],
            ...status.slots.map(({ slot, version, booted, active, bootable, good, tries }) => [
                slot,
                version || '-',
                ...[booted, active, bootable, good].map((fact) => (fact ? 'yes' : 'no')),
                String(tries),
            ]),
        ]),
        `agent: ${doing}`,
        ...(deployment === undefined
            ? []
            : [
                `deployment ${deployment.id}: ${deployment.version} into slot ${deployment.slot}, ${deployment.state}, fetched ${megabytes(deployment.bytes.fetched)}`,
            ]),
        ...status.history.map((past) => `${new Date(past.closedAt).toISOString()} ${past.version} ${past.outcome} ${past.code} ${past.reason}`.trimEnd()),
        ...status.refused.map(({ version, reason }) => `refused: ${version}, because ${reason}`),
    ];
}
