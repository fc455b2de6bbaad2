import { AgentError } from '../errors.js';
/** First thing of a process. */
export async function noteAgentStart(device) {
    const { record } = await device.vault.read();
    const { boot, count } = record.agentStarts;
    await tryToWrite(device, boot === device.bootId ? count + 1 : 1);
}
/** The agent went through its entry door and is alive. */
export async function agentIsUp(device) {
    await tryToWrite(device, 0);
}
async function tryToWrite(device, count) {
    const { record } = await device.vault.read();
    if (record.agentStarts.boot === device.bootId && record.agentStarts.count === count)
        return;
    try {
        await device.vault.write({ ...record, agentStarts: { boot: device.bootId, count } });
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        device.reporter.happened('vault-not-told', error.message, { code: error.code });
    }
}
