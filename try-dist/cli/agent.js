/** `donabe agent`: the long run. Its log goes to stderr; systemd takes it into the journal. */
import { Command } from 'commander';
import { agentRoom } from './session.js';
export function agentCommand(configPath) {
    return new Command('agent')
        .description('run the update agent (what the systemd service does)')
        .addHelpText('after', `
SIGTERM finishes the chunk at hand, makes a checkpoint and ends. SIGUSR1 looks for an update now.

Example:
  donabe agent --config /etc/donabe/donabe.toml`)
        .action(async () => {
        const room = await agentRoom();
        await room.runAgent(configPath(), (line) => process.stderr.write(`${line}\n`));
    });
}
