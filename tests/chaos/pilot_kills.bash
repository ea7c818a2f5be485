# shellcheck shell=bash disable=SC2154,SC2034 # the variables are the pilot's
# What ./pilot --kill kills, and what such a run has to show. Sourced by it.

aborted=0 fenced=0

# http METHOD AGENT PATH: the answer, if it is a good one.
http() {
  local port token answer line
  port=$(port_of "$2") || return 1
  token=$(cat "$dir/state/$2/token" 2>/dev/null)
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n' \
    "$1" "$3" "$port" >&3
  printf 'Content-Type: application/json\r\nContent-Length: 0\r\n' >&3
  printf 'Authorization: Bearer %s\r\n\r\n' "$token" >&3
  answer=""
  # The body's last line need not end.
  while IFS= read -r -t 3 line <&3 || [ -n "$line" ]; do
    answer+=${line%$'\r'}$'\n'
    line=""
  done
  exec 3>&-
  [[ $answer =~ ^HTTP/1.[01]\ 2 ]] && echo "$answer"
} 2>/dev/null

# total METRIC AGENT: its sum over the agent's components; 0 without answer.
total() {
  http GET "$2" /metrics | awk -v name="$1{" '
    index($0, name) == 1 { sum += $NF } END { print sum + 0 }'
}
# An agent's counts end with its process.
add_counts() {
  aborted=$((aborted + $(total sluice_sink_aborted_total "$1")))
  fenced=$((fenced + $(total sluice_sink_fenced_total "$1")))
}
kill_something() {
  local agent=${agents[RANDOM % 2]} ids id
  if [ $((process_kills * 2)) -lt "$actor_kills" ]; then
    add_counts "$agent"
    kill -KILL "${pids[$agent]}" 2>/dev/null
    wait "${pids[$agent]}" 2>/dev/null
    process_kills=$((process_kills + 1))
    echo "$((SECONDS - began)) s: kill -9 of $agent" >>"$dir/log/kills.log"
    start_agent "$agent"
    return
  fi
  mapfile -t ids < <(http GET "$agent" /api/v1/actors |
    grep -o '"id":"[^"]*"' | cut -d'"' -f4)
  [ ${#ids[@]} -gt 0 ] || return 1
  id=${ids[RANDOM % ${#ids[@]}]}
  http POST "$agent" "/api/v1/actors/$id/kill" >/dev/null || return 1
  actor_kills=$((actor_kills + 1))
  echo "$((SECONDS - began)) s: killed $id" >>"$dir/log/kills.log"
}

# must WHAT CONDITION…: what --kill has to show.
must() {
  local what=$1
  shift
  "$@" && return
  echo "pilot: $what" >&2
  right=1
}

judge_kills() {
  echo "killed: $process_kills processes (kill -9), $actor_kills actors (by the" \
    "API); transactions aborted $aborted, fenced $fenced"
  must "too few processes were killed" [ "$process_kills" -ge $((seconds / 12)) ]
  must "too few actors were killed" [ "$actor_kills" -ge $((seconds / 6)) ]
  must "nothing arrived after the last kill" \
    [ "${delivered[drivers]:-0}" -gt "${at_last_kill/next/999999999}" ]
  for fleet in cars drivers; do
    must "the $fleet' records stood for more than 5 s" \
      [ "${pause[$fleet]:-999999}" -le 5000 ]
  done
  if [ "$seconds" -ge 100 ]; then
    must "no transaction was aborted" [ $aborted -gt 0 ]
    must "no producer was fenced" [ $fenced -gt 0 ]
  fi
}
