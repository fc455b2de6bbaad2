/** The local API as the configuration wants it: its doors are opened, or it is said why not. It must not know a route. */
import { join } from 'node:path';
import type { ConfigValues } from '../config-table.ts';
import { AgentError } from '../errors.ts';
import { ApiServer, type Door } from './api-server.ts';
import { listenOnPort, listenOnSocket, readToken } from './api-socket.ts';
import type { ApiParts } from './api-wish.ts';

/** In the run folder, where the configuration names no other place. */
export const API_SOCKET = 'api.sock';
export const LOOK_SOCKET = 'look.sock';

/** Owner and group act, everybody looks. */
const ACT_MODE = 0o660;
const LOOK_MODE = 0o666;

/** Where the two sockets are. */
export function apiSockets(values: ConfigValues): { readonly act: string; readonly look: string } {
  return {
    act: values['api.socket'] || join(values['paths.run'], API_SOCKET),
    look: values['api.look-socket'] || join(values['paths.run'], LOOK_SOCKET),
  };
}

/**
 * Opens every door that is configured. A door that cannot be opened is said and left shut: nobody's update waits for
 * it. The returned function closes all.
 */
export async function openApi(values: ConfigValues, parts: ApiParts): Promise<() => Promise<void>> {
  const closers: (() => Promise<void>)[] = [];
  const open = async (
    door: () => Door,
    listen: (server: ApiServer) => Promise<() => void>,
  ): Promise<void> => {
    let server: ApiServer | undefined;
    try {
      server = new ApiServer(parts, door());
      const forget = await listen(server);
      const opened = server;
      closers.push(async () => {
        forget();
        await opened.close();
      });
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      await server?.close();
      parts.device.reporter.happened('api-door-shut', error.message, { code: error.code, ...error.facts });
    }
  };
  if (values['api.enabled']) {
    const { act, look } = apiSockets(values);
    const port = values['api.tcp-port'];
    await open(
      () => ({ may: 'act', token: undefined }),
      ({ http }) => listenOnSocket(http, act, ACT_MODE),
    );
    await open(
      () => ({ may: 'look', token: undefined }),
      ({ http }) => listenOnSocket(http, look, LOOK_MODE),
    );
    if (port !== 0) {
      await open(
        () => ({ may: 'act', token: readToken(values['api.token-file']) }),
        async ({ http }) => {
          await listenOnPort(http, port);
          return () => undefined;
        },
      );
    }
  }
  return async () => {
    for (const close of closers) await close();
  };
}
