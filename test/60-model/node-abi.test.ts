/** A package is for one Node; under another one it says so before anything is touched. */
import { expect, it } from 'vitest';
import { requireNode } from '../../agent/model/node-abi.ts';

const running = { version: 'v20.19.2', abi: '115', arch: 'arm64' };

it('runs on the Node that it was made for, and from the project’s own folder', () => {
  requireNode({ version: '1', donabe: { nodeAbi: '115', arch: 'arm64' } }, running);
  requireNode({ version: '1' }, running);
  requireNode(undefined, running);
});

it.each([
  ['a newer Node', { nodeAbi: '115', arch: 'arm64' }, { ...running, version: 'v22.1.0', abi: '127' }],
  ['another machine', { nodeAbi: '115', arch: 'arm64' }, { ...running, arch: 'x64' }],
])('refuses %s by a code, and names both', (_, donabe, node) => {
  expect(() => requireNode({ donabe }, node)).toThrowError(
    expect.objectContaining({
      code: 'NODE_MISMATCH',
      message: expect.stringMatching(
        new RegExp(`ABI 115 on arm64, and Node ${node.version} has ABI ${node.abi} on ${node.arch}`),
      ),
    }),
  );
});
