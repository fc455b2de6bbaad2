/** The agent's own version, which manifests may ask for. A test compares it with package.json. */
export const AGENT_VERSION = '0.1.0';
