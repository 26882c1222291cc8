/** nginx as a plain reverse proxy, and with `proxy_cache` for requests that say so in the path `/cached`. */
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
  access_log off;
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
      proxy_cache answers;
      proxy_cache_methods POST;
      proxy_cache_key "$request_uri|$request_body";
      proxy_cache_valid 200 1h;
    }
  }
}
`;
}

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
  http-reuse always
frontend bench
  bind 127.0.0.1:${options.port}
  default_backend upstream
backend upstream
  server one 127.0.0.1:${options.upstreamPort} pool-max-conn -1
`;
}
