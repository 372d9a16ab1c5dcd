// Where there are no namespaces: an HTTP and TCP listener and a UDP listener on
// loopback, and a log of every name that any process of the product looks up.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { run } from '../window/desktop';
import { Belonging, type Network, type Seen, zone } from './seen';

export class Loopback implements Network {
  readonly whole = false;
  private readonly found: Seen[] = [];
  private readonly belonging: Belonging;

  private constructor(
    readonly way: string,
    private readonly server: Server,
    private readonly socket: Socket,
    private readonly dir: string,
    ids: string[],
  ) {
    this.belonging = new Belonging(ids);
  }

  static async start(dir: string, ids: string[], why: string): Promise<Loopback> {
    const server = createServer();
    const socket = createSocket('udp4');
    const way = `by listeners on loopback (no network namespace: ${why})`;
    const network = new Loopback(way, server, socket, dir, ids);
    server.on('connection', (c) => {
      let named = false;
      const note = (id: string | null, what: string) => {
        if (!named) network.found.push({ id, what });
        named = true;
      };
      c.on('data', (chunk) => {
        const path = /^[A-Z]+ (?:http:\/\/[^/ ]+)?\/(\S*)/.exec(chunk.toString())?.[1];
        if (path === undefined) note(null, chunk.toString('latin1').slice(0, 40));
        else note(network.belonging.path(path), `request for ${path}`);
        c.end(
          'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        );
      });
      c.on('close', () => {
        note(null, 'a connection without a word');
      });
      c.on('error', () => undefined);
    });
    socket.on('message', () => network.found.push({ id: null, what: 'udp' }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    await writeFile(join(dir, 'names.c'), watchNames);
    await run('gcc', ['-shared', '-fPIC', '-o', join(dir, 'names.so'), join(dir, 'names.c'), '-ldl']);
    return network;
  }

  get config(): object {
    return {
      http: `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`,
      udp: `127.0.0.1:${String(this.socket.address().port)}`,
      zone,
    };
  }

  get env(): NodeJS.ProcessEnv {
    return { LD_PRELOAD: join(this.dir, 'names.so'), ALCOVE_TEST_NAMES: join(this.dir, 'names.log') };
  }

  wrap(program: string): Promise<string> {
    return Promise.resolve(program);
  }

  expect(): void {
    // Only connections to its own listeners are seen.
  }

  async seen(): Promise<Seen[]> {
    const log = join(this.dir, 'names.log');
    const text = existsSync(log) ? await readFile(log, 'utf8') : '';
    const names = [...new Set(text.split('\n').filter((name) => name.endsWith(`.${zone}`)))];
    return [
      ...this.found,
      ...names.map((name) => ({ id: this.belonging.name(name), what: `look-up of ${name}` })),
    ];
  }

  async stop(): Promise<void> {
    this.server.close();
    this.socket.close();
    await once(this.socket, 'close');
  }
}

const watchNames = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	const char *log = getenv("ALCOVE_TEST_NAMES");
	if (node != NULL && log != NULL) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		char line[512];
		size_t n = strnlen(node, sizeof line - 1);
		memcpy(line, node, n);
		line[n] = '\\n';
		if (fd >= 0) {
			(void)!write(fd, line, n + 1);
			close(fd);
		}
	}
	if (real == NULL)
		real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, res);
}
`;
