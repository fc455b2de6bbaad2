/**
 * The backend for every other boot loader: a vendor's command with the five verbs of RAUC's custom boot loader
 * backend (`get-primary`, `set-primary NAME`, `get-state NAME`, `set-state NAME good|bad`, `get-current`), and a
 * file of our own for the trial mark. It knows the order of the calls, not what they do.
 *
 * No write is atomic over several calls, so the order makes every prefix a good state: the mark before the slot
 * becomes bootable, its state before it becomes primary; on the way back the booted slot primary first, then the
 * target bad, then the mark. How often a slot is tried is the vendor's business; it counts here as one try.
 */
import { otherSlot, SLOT_NAMES, } from './backend.js';
import { checkedBootNames, DEFAULT_BOOT_NAMES, listOfSlots, slotsInList, } from './boot-names.js';
import { BootControlError } from './error.js';
/** Two boot names and a space are far less; a larger file is no mark. */
const MARK_MOST_BYTES = 128;
/** A slot that may boot counts as one with one try. */
const TRIES = 1;
export class ScriptBackend {
    abilities = {
        name: 'script',
        mostTries: TRIES,
        trialSurvivesPowerOff: true,
        hasUnbootable: true,
        oneWriteFlip: false,
    };
    #command;
    #mark;
    #names;
    /** Error: BOOT_CONTROL_OPTION. */
    constructor(command, mark, names = DEFAULT_BOOT_NAMES) {
        this.#command = command;
        this.#mark = mark;
        this.#names = checkedBootNames(names);
    }
    async read() {
        return stateOf(await this.#facts());
    }
    /** Copies are the vendor's; what can be seen is that the command answers and the mark decodes. */
    async scrub(_how) {
        await this.#facts();
        return { copies: [{ copy: 'script', health: 'good', detail: '' }], repaired: [] };
    }
    async markUnbootable(slot) {
        const facts = await this.#facts();
        if (facts.good[slot])
            requireBootable(facts, otherSlot(slot));
        await this.#giveUp(facts, slot);
    }
    async activate(slot, tries) {
        requireOneTry(tries);
        const facts = await this.#facts();
        await this.#setTrial(SLOT_NAMES.filter((name) => name === slot || facts.trial.includes(name)));
        await this.#setState(slot, 'good');
        await this.#setPrimary(slot);
    }
    async deactivate(target, booted) {
        if (target === booted) {
            throw new BootControlError('NO_FALLBACK', `slot ${target} cannot be given up in favour of itself`);
        }
        const facts = await this.#facts();
        requireBootable(facts, booted);
        await this.#setPrimary(booted);
        // A vendor's set-primary may begin a trial; the booted slot's was over, or it keeps its own mark.
        if (!facts.trial.includes(booted))
            await this.#setState(booted, 'good');
        await this.#giveUp(facts, target);
    }
    async markGood(slot) {
        const { trial } = await this.#facts();
        await this.#setPrimary(slot);
        await this.#setState(slot, 'good');
        // Last: cut before it, the slot is still on trial, and the verb is repeated.
        await this.#setTrial(trial.filter((name) => name !== slot));
    }
    async markBad(slot) {
        const facts = await this.#facts();
        requireBootable(facts, otherSlot(slot));
        await this.#giveUp(facts, slot);
    }
    async refill(slot, tries) {
        requireOneTry(tries);
        const state = stateOf(await this.#facts()).slots[slot];
        if (state.successful)
            return;
        if (!state.ranked) {
            throw new BootControlError('NOT_ON_TRIAL', `slot ${slot} was marked unbootable; activate it instead`, {
                facts: { slot },
            });
        }
        await this.#setState(slot, 'good');
    }
    /** Nothing is held open between two verbs. */
    async close() { }
    async #giveUp({ trial }, slot) {
        await this.#setState(slot, 'bad');
        // After it: a slot without mark whose state were still good would pass for a good one.
        await this.#setTrial(trial.filter((name) => name !== slot));
    }
    async #facts() {
        const [primary] = slotsInList(await this.#command.run(['get-primary']), this.#names, 'get-primary');
        const bytes = await this.#mark.read(MARK_MOST_BYTES);
        const mark = Buffer.from(bytes ?? []).toString('latin1');
        return {
            primary,
            good: { a: await this.#isGood('a'), b: await this.#isGood('b') },
            trial: slotsInList(mark, this.#names, this.#mark.path),
        };
    }
    async #isGood(slot) {
        const answer = await this.#command.run(['get-state', this.#names[slot]]);
        if (answer === 'good' || answer === 'bad')
            return answer === 'good';
        throw new BootControlError('COMMAND_FAILED', `${this.#command.path} get-state ${this.#names[slot]} printed "${answer.slice(0, 40)}", not good or bad; correct the command`, { facts: { path: this.#command.path, verb: 'get-state' } });
    }
    async #setState(slot, state) {
        await this.#command.run(['set-state', this.#names[slot], state]);
        if ((await this.#isGood(slot)) !== (state === 'good'))
            throw this.#unheard(`set-state ${state}`, slot);
    }
    async #setPrimary(slot) {
        await this.#command.run(['set-primary', this.#names[slot]]);
        const after = await this.#facts();
        if (after.primary !== slot)
            throw this.#unheard('set-primary', slot);
    }
    async #setTrial(slots) {
        if (slots.length === 0)
            await this.#mark.remove();
        else
            await this.#mark.replace(Buffer.from(`${listOfSlots(slots, this.#names)}\n`, 'latin1'));
    }
    #unheard(verb, slot) {
        return new BootControlError('BOOT_CONTROL_READ_BACK', `${this.#command.path} accepted ${verb} for slot ${slot} and answers otherwise; correct the command`, { facts: { path: this.#command.path, verb, slot } });
    }
}
function stateOf(facts) {
    const { primary, good } = facts;
    const byRank = primary === undefined ? SLOT_NAMES : [primary, otherSlot(primary)];
    return {
        slots: { a: slotStateOf(facts, 'a'), b: slotStateOf(facts, 'b') },
        active: byRank.find((slot) => good[slot]),
    };
}
/** A marked slot whose state is bad has used its tries up; one that was given up has no mark any more. */
function slotStateOf({ good, trial }, slot) {
    const onTrial = trial.includes(slot);
    return {
        ranked: good[slot] || onTrial,
        triesRemaining: good[slot] ? TRIES : 0,
        successful: good[slot] && !onTrial,
        bootable: good[slot],
    };
}
function requireBootable({ good }, slot) {
    if (good[slot])
        return;
    throw new BootControlError('NO_FALLBACK', `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`, { facts: { fallback: slot } });
}
function requireOneTry(tries) {
    if (tries === TRIES)
        return;
    throw new BootControlError('TRIES_OUT_OF_RANGE', `${tries} tries do not fit: how often a slot is tried is the command's to say, so it is always ${TRIES}`, { facts: { tries } });
}
