// What an attack would reach if it got out: an HTTP and TCP listener, a UDP
// listener, and a log of every name that any process of the window looks up.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { run } from './desktop';

export class Sinks {
  /** One entry per connection: the case named in its request line, or "?". */
  readonly tcp: string[] = [];
  readonly udp: string[] = [];
  /** Connections, also those that sent nothing. */
  connections = 0;
  private constructor(
    private readonly server: Server,
    private readonly socket: Socket,
    private readonly dir: string,
  ) {}

  static async start(dir: string): Promise<Sinks> {
    const server = createServer();
    const socket = createSocket('udp4');
    const sinks = new Sinks(server, socket, dir);
    server.on('connection', (c) => {
      sinks.connections++;
      let named = false;
      c.on('data', (chunk) => {
        const path = /^[A-Z]+ (?:http:\/\/[^/ ]+)?\/(\S*)/.exec(chunk.toString())?.[1];
        if (!named) sinks.tcp.push(path ?? chunk.toString('latin1').slice(0, 40));
        named = true;
        c.end(
          'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        );
      });
      c.on('close', () => {
        if (!named) sinks.tcp.push('?');
      });
      c.on('error', () => undefined);
    });
    socket.on('message', (m) => sinks.udp.push(m.toString('hex').slice(0, 40)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    await writeFile(join(dir, 'names.c'), watchNames);
    await run('gcc', ['-shared', '-fPIC', '-o', join(dir, 'names.so'), join(dir, 'names.c'), '-ldl']);
    return sinks;
  }

  /** What the hostile extension reads as config.json. */
  get config(): { http: string; udp: string; dns: string } {
    return {
      http: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      udp: `127.0.0.1:${this.socket.address().port}`,
      dns: 'sink.invalid',
    };
  }

  /** What a window needs in its environment for its look-ups to be seen. */
  get env(): NodeJS.ProcessEnv {
    return { LD_PRELOAD: join(this.dir, 'names.so'), ALCOVE_TEST_NAMES: join(this.dir, 'names.log') };
  }

  /** The names that were looked up. */
  async names(): Promise<string[]> {
    const log = join(this.dir, 'names.log');
    if (!existsSync(log)) return [];
    return [...new Set((await readFile(log, 'utf8')).trim().split('\n').filter(Boolean))];
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
