#!/usr/bin/env bash
# Starts the mock or the proxy for the rest of a job of GitHub Actions: see action.yml.
set -euo pipefail

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/llmproxy.XXXXXX")
read -ra command <<<"${INPUT_COMMAND:-}"
if [ "${#command[@]}" = 0 ]; then
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "llmproxy@${INPUT_VERSION:-latest}" >&2
  command=("$folder/node_modules/.bin/llmproxy")
fi
read -ra options <<<"${INPUT_OPTIONS:-}"

case "${INPUT_RUN:-mock}" in
  mock) arguments=(mock --json) ;;
  proxy)
    arguments=(start --json --port 0)
    [ -z "${INPUT_CONFIG:-}" ] || arguments+=(--config "$INPUT_CONFIG")
    ;;
  *)
    echo "::error::run: expected mock or proxy, found ${INPUT_RUN}"
    exit 1
    ;;
esac

# A session of its own, where the system can do that: the end of this step does not end it.
launcher=nohup
! command -v setsid >/dev/null || launcher=setsid
# The bash of macOS takes an empty list for one that is not set.
"$launcher" "${command[@]}" "${arguments[@]}" ${options[@]+"${options[@]}"} >"$folder/ready" 2>"$folder/log" </dev/null &
pid=$!
for _ in $(seq 600); do
  ! grep -q '^{' "$folder/ready" || break
  if ! kill -0 "$pid" 2>/dev/null; then
    echo "::error::llmproxy ended before it was ready"
    cat "$folder/log" >&2
    exit 1
  fi
  sleep 0.1
done
url=$(grep -o '"url":"[^"]*"' "$folder/ready" | head -n 1 | cut -d '"' -f 4) || true
if [ -z "$url" ]; then
  kill "$pid" 2>/dev/null || true
  echo "::error::llmproxy was not ready within 60 s"
  cat "$folder/log" >&2
  exit 1
fi

printf '%s\n' "url=$url" "base-url=$url/v1" "pid=$pid" >>"$GITHUB_OUTPUT"
if [ "${INPUT_ENVIRONMENT:-true}" = true ]; then
  key=sk-llmproxy-mock
  printf '%s\n' "OPENAI_BASE_URL=$url/v1" "OPENAI_API_KEY=$key" "ANTHROPIC_BASE_URL=$url" "ANTHROPIC_API_KEY=$key" \
    "GOOGLE_GEMINI_BASE_URL=$url" "GEMINI_API_KEY=$key" >>"$GITHUB_ENV"
fi
echo "llmproxy ${INPUT_RUN:-mock} answers at $url"
