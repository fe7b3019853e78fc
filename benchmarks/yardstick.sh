#!/usr/bin/env bash
# The yardstick: what gitbot does, done with plain git and nothing else. One run:
#   yardstick.sh URL FOLDER RESULTS
# FOLDER holds the cache and what the last run saw; RESULTS is gitbot's file of elected images (a JSON object).
# It knows one kind of marker, in plain scalars, and proves nothing: less than gitbot does, on purpose.
set -euo pipefail
url=$1 folder=$2 results=$3
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=yardstick GIT_AUTHOR_EMAIL=yardstick@example.com
export GIT_COMMITTER_NAME=yardstick GIT_COMMITTER_EMAIL=yardstick@example.com
cache=$folder/cache.git seen=$folder/seen

head=$(git ls-remote --heads "$url" refs/heads/main | cut -f 1)
now="$head $(sha256sum <"$results")"
if [ -e "$seen" ] && [ "$(cat "$seen")" = "$now" ]; then exit 0; fi

if [ -d "$cache" ]; then
  git -C "$cache" fetch -q --no-tags "$url" +refs/heads/main:refs/heads/main
else
  git init -q --bare --template= "$cache"
  git -C "$cache" config gc.auto 0
  git -C "$cache" fetch -q --no-tags --depth=1 "$url" +refs/heads/main:refs/heads/main
fi
cd "$cache"

git grep -a -l -z -F -e "\$imagepolicy" "$head" -- ':(glob)clusters/**/*.yaml' ':(glob)clusters/**/*.yml' |
  tr '\0' '\n' >"$folder/hits" || true
# shellcheck disable=SC2094 # both ends only read the list
git cat-file --batch <"$folder/hits" | perl -e '
  use strict; use warnings;
  my ($results, $hits, $head) = @ARGV;
  open(my $file, "<", $results) or die; local $/; my %image = <$file> =~ /"([^"]+)"\s*:\s*"([^"]+)"/g;
  $/ = "\n";
  open(my $names, "<", $hits) or die;
  print "commit refs/yardstick/tmp\ncommitter y <y\@example.com> 0 +0000\ndata 0\nfrom $head\n";
  while (defined(my $name = <$names>)) {
    chomp $name; $name =~ s/^[0-9a-f]{40}://;
    my ($size) = (scalar <STDIN>) =~ / (\d+)$/ or die;
    read(STDIN, my $text, $size) == $size or die; read(STDIN, my $newline, 1);
    my $old = $text;
    $text =~ s/^([ -]*image: )\S+( # \{"\$imagepolicy": "([^"]+)"\})$/$1 . ($image{$3} || die) . $2/gem;
    next if $text eq $old;
    print "M 100644 inline $name\ndata ", length($text), "\n$text\n";
  }
' "$results" "$folder/hits" "$head" >"$folder/stream"
git fast-import --quiet --force --date-format=raw <"$folder/stream"

tree=$(git rev-parse "refs/yardstick/tmp^{tree}")
if [ "$tree" != "$(git rev-parse "$head^{tree}")" ]; then
  commit=$(git commit-tree "$tree" -p "$head" -m "Update images")
  git push -q --porcelain "--force-with-lease=refs/heads/main:$head" "$url" "$commit:refs/heads/main" >/dev/null
  git update-ref refs/heads/main "$commit"
  head=$commit
fi
printf '%s' "$head ${now#* }" >"$seen"
