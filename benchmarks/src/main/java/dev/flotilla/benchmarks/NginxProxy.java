package dev.flotilla.benchmarks;

import dev.flotilla.net.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** nginx before a server, set up to pass requests and streams on as fast as it can. */
final class NginxProxy implements AutoCloseable {
  private static final long START_SECONDS = 10;

  private final Process process;
  private final String url;

  private NginxProxy(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /**
   * Starts it in the foreground, with connections to the server kept open and nothing buffered.
   *
   * @param program the program's file or name
   * @param server URL of the server
   */
  static NginxProxy start(String program, String server, Path folder)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    int port = FreePorts.tcp();
    Path file =
        Files.writeString(
            folder.resolve("nginx.conf"),
            configuration(port, URI.create(server).getPort(), folder.toAbsolutePath()));
    Process process =
        new ProcessBuilder(List.of(program, "-p", folder.toString(), "-c", file.toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nginx.log").toFile())
            .start();
    NginxProxy proxy = new NginxProxy(process, "http://127.0.0.1:" + port);
    proxy.awaitListening(port, folder);
    return proxy;
  }

  private static String configuration(int port, int server, Path folder) {
    return """
    daemon off;
    worker_processes auto;
    pid %3$s/nginx.pid;
    error_log stderr warn;
    events { worker_connections 4096; }
    http {
      access_log off;
      client_body_temp_path %3$s/body;
      proxy_temp_path %3$s/proxy;
      fastcgi_temp_path %3$s/fastcgi;
      uwsgi_temp_path %3$s/uwsgi;
      scgi_temp_path %3$s/scgi;
      keepalive_requests 1000000;
      upstream node {
        server 127.0.0.1:%2$d;
        keepalive 256;
        keepalive_requests 1000000;
      }
      server {
        listen 127.0.0.1:%1$d;
        location / {
          proxy_pass http://node;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffering off;
        }
      }
    }
    """
        .formatted(port, server, folder);
  }

  private void awaitListening(int port, Path folder) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - end > 0) {
          close();
          throw new IOException("nginx did not start; see " + folder.resolve("nginx.log"), e);
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  /** Where it listens. */
  String url() {
    return url;
  }

  @Override
  public void close() {
    MeasuredServer.end(process);
  }
}
