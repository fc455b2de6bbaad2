/**
 * What the link needs of a line: bytes out, bytes in, and to hear that it ended. Serial ports, sockets and
 * fakes fit. Nothing here knows a library.
 */
export interface BytePort {
  /** Resolves when the system took the bytes. Error: LinkError MCU_PORT. */
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes may wait until the first listener is there. One listener. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once, also when the port has ended before; `cause` is undefined after `close`. One listener. */
  onClose(listener: (cause: Error | undefined) => void): void;
  /** May be called twice. */
  close(): Promise<void>;
}
