import { table } from './output.js';
/** At least one check failed; what each found stands on stdout. */
export class DoctorError extends Error {
    code = 'DOCTOR_FAILED';
}
/** `boot` with these verbs. */
export function withBoardVerbs(boot, context) {
    const print = (lines) => boot.configureOutput().writeOut?.(lines.map((line) => `${line}\n`).join(''));
    boot
        .command('params')
        .description('what the boot loader left in its parameter page: boot mode, flags, device tree')
        .option('--json', 'one JSON object')
        .action(async (options) => {
        const { version, flags, bootMode, deviceTree } = await context.bootParams();
        const values = { version, flags: hex(flags), bootMode, deviceTree: hex(deviceTree) };
        const rows = Object.entries(values).map(([name, value]) => [name, String(value)]);
        print(options.json ? [JSON.stringify(values)] : table([['field', 'value'], ...rows]));
    });
    boot
        .command('doctor')
        .description('check this device against the list of bootctl/INTEGRATION.md')
        .option('--json', 'one JSON object')
        .action(async (options) => {
        const { examine } = await import('./boot-doctor.js');
        const findings = await examine(await context.examination());
        const rows = findings.map(({ check, verdict, detail }) => [verdict, check, detail]);
        print(options.json ? [JSON.stringify({ findings })] : table([['verdict', 'check', ''], ...rows]));
        const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
        if (failed > 0)
            throw new DoctorError(`${failed} of ${findings.length} checks failed`);
    });
    return boot;
}
/** As addresses and flags are read. */
function hex(value) {
    return `0x${value.toString(16)}`;
}
