import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer, type Server } from "node:tls";
import { promisify } from "node:util";

/** A server on loopback that proves who it is with a certificate which it signed itself, and then closes the connection. */
export class SelfSigned {
  readonly #server: Server;

  private constructor(
    server: Server,
    /** Its certificate, as an administrator would paste it. */
    readonly pem: string,
  ) {
    this.#server = server;
  }

  static async start(): Promise<SelfSigned> {
    const dir = await mkdtemp(path.join(tmpdir(), "towpath-tls-"));
    try {
      const [key, cert] = [path.join(dir, "key.pem"), path.join(dir, "cert.pem")];
      const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
      const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
      await promisify(execFile)("openssl", [...made, ...names, "-keyout", key, "-out", cert]);
      const pem = await readFile(cert, "utf8");
      const server = createServer({ key: await readFile(key), cert: pem }, (socket) => socket.destroy());
      // A client that refuses the certificate breaks off; that is what the tests are about.
      server.on("tlsClientError", () => undefined);
      await once(server.listen(0, "127.0.0.1"), "listening");
      return new SelfSigned(server, pem);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
