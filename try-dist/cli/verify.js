/** `donabe verify [SLOT]`: does a slot still hold the digests that the vault knows? Reads all of it. */
import { Command, InvalidArgumentError } from 'commander';
import { printResult } from './output.js';
import { reading } from './session.js';
export function verifyCommand(configPath) {
    return new Command('verify')
        .description('hash a slot and compare it with its seal; without SLOT both (exit 1 when one that is given differs)')
        .argument('[slot]', 'a or b', slotArgument)
        .option('--json', 'one JSON object')
        .addHelpText('after', '\nExamples:\n  donabe verify\n  donabe verify b --json')
        .action((slot, options) => reading(configPath(), async (context) => {
        const slots = slot === undefined ? ['a', 'b'] : [slot];
        const verdicts = [];
        for (const name of slots)
            verdicts.push(await verdictOf(context, name));
        printResult(options.json === true, { slots: verdicts }, verdicts.map(({ slot: name, holds, detail }) => `slot ${name}: ${holds ? 'holds' : 'DOES NOT HOLD'} (${detail})`));
        // A slot that was never installed has no seal; only the booted or the named one is expected to hold.
        const wanted = slot ?? context.device.booted;
        if (verdicts.some((verdict) => verdict.slot === wanted && !verdict.holds))
            process.exitCode = 1;
    }));
}
async function verdictOf({ room, device }, slot) {
    const verdict = await room.checkSeal(device, slot, new AbortController().signal);
    return verdict.holds
        ? { slot, holds: true, detail: `release ${verdict.seal.version}` }
        : { slot, holds: false, detail: verdict.reason };
}
function slotArgument(text) {
    if (text === 'a' || text === 'b')
        return text;
    throw new InvalidArgumentError('a slot is a or b');
}
