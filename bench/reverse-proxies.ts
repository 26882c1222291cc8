/**
 * nginx as a plain reverse proxy, and with `proxy_cache` for requests that say so in the path `/cached`. Its cache key, which holds the
 * request's body, lies at the head of the cached file and has to fit one buffer. It writes an access line of JSON for each request,
 * buffered, as the proxy does.
 */
export function nginxConfig(options: { port: number; upstreamPort: number; folder: string }): string {
  const { port, upstreamPort, folder } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${folder}/nginx-${kind};`)
    .join('\n');
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  log_format lines escape=json '{"time":"$time_iso8601","id":"$request_id","method":"$request_method","path":"$uri",'
    '"status":$status,"bytes":$bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","upstream_status":"$upstream_status",'
    '"upstream_seconds":"$upstream_response_time","cache":"$upstream_cache_status","client":"$remote_addr","agent":"$http_user_agent"}';
  access_log ${folder}/access.log lines buffer=16k flush=1s;
  error_log stderr crit;
${temporary}
  keepalive_requests 10000000;
  keepalive_timeout 75s;
  client_max_body_size 32m;
  client_body_buffer_size 256k;
  proxy_cache_path ${folder}/nginx-cache keys_zone=answers:16m max_size=256m;
  upstream bench { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} reuseport;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
    location /cached/ {
      proxy_pass http://bench/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffer_size 256k;
      proxy_buffers 8 256k;
      proxy_busy_buffers_size 512k;
      proxy_cache answers;
      proxy_cache_methods POST;
      proxy_cache_key "$request_uri|$request_body";
      proxy_cache_valid 200 1h;
    }
  }
}
`;
}

/** haproxy as a plain reverse proxy that passes chunks on at once and leaves upstream when the client has left. It writes no access lines. */
export function haproxyConfig(options: { port: number; upstreamPort: number }): string {
  return `
global
  maxconn 4096
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  option http-keep-alive
  option http-no-delay
  option abortonclose
  http-reuse always
frontend bench
  bind 127.0.0.1:${options.port}
  default_backend upstream
backend upstream
  server one 127.0.0.1:${options.upstreamPort} pool-max-conn -1
`;
}
