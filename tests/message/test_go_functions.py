"""sprig's hermetic functions, one row each; the outputs are those of sprig 3.3.0 itself."""

from __future__ import annotations

import pytest

from gitbot.message.errors import TemplateError
from gitbot.message.gotemplate.functions import REFUSED, functions
from tests.message.examples import render

FUNCTIONS = {
    "abbrev": ('{{ abbrev 5 "hello world" }}', "he..."),
    "abbrevboth": ('{{ abbrevboth 5 10 "1234 5678 9123" }}', "...5678..."),
    "add": ("{{ add 1 2 3 }} {{ add 9223372036854775807 1 }} {{ add1 1 }}", "6 -9223372036854775808 2"),
    "addf": ("{{ addf 0.1 0.2 }} {{ add1f 0.1 }} {{ subf 1 0.9 }} {{ mulf 0.1 3 }} {{ divf 10 3 }}", "0.3 1.1 0.1 0.3 3.3333333333333335"),
    "adler32sum": ('{{ adler32sum "a" }}', "6422626"),
    "all and any": ("{{ all 1 0 }} {{ any 0 1 }}", "false true"),
    "append and prepend": ("{{ append (list 1) 2 }} {{ prepend (list 1) 0 }}", "[1 2] [0 1]"),
    "atoi": ('{{ atoi "12" }} {{ atoi "1.0" }} {{ atoi "99999999999999999999" }}', "12 0 9223372036854775807"),
    "b32": ('{{ b32enc "hi" }} {{ b32dec "NBUQ====" }} {{ b32dec "x" }}', "NBUQ==== hi illegal base32 data at input byte 0"),
    "b64": ('{{ b64enc "hi" }} {{ b64dec "aGk=" }} {{ b64dec "a!k=" }}', "aGk= hi illegal base64 data at input byte 1"),
    "base, dir, ext": ('{{ base "a/b.c" }} {{ dir "/a/b/" }} {{ dir "" }} {{ ext "a.tar.gz" }} {{ ext "a" }}', "b.c /a/b . .gz "),
    "camelcase": ('{{ camelcase "http_server" }} {{ camelcase "GOLANG_IS_GREAT" }}', "HttpServer GolangIsGreat"),
    "cat": ('{{ cat "a" nil 1 }}', "a 1"),
    "ceil, floor, round": ("{{ ceil 1.1 }} {{ floor -1.1 }} {{ round 123.5555 3 }} {{ round 123.5555 3 .6 }}", "2 -2 123.556 123.555"),
    "chunk": ("{{ chunk 2 (list 1 2 3) }}", "[[1 2] [3]]"),
    "clean": ('{{ clean "/a/../../b" }} {{ clean "a/./b/../c" }} {{ clean "" }} {{ clean "../../a" }}', "/b a/c . ../../a"),
    "coalesce": ('{{ coalesce nil "" 0 "z" }}', "z"),
    "compact": ('{{ compact (list 0 1 "" "a" nil) }}', "[1 a]"),
    "concat": ("{{ concat (list 1) (list 2) }}", "[1 2]"),
    "contains": ('{{ contains "b" "abc" }}', "true"),
    "deepCopy": ('{{ deepCopy (dict "a" (list 1)) }}', "map[a:[1]]"),
    "deepEqual": ("{{ deepEqual (list 1 2) (list 1 2) }} {{ deepEqual 1 (int64 1) }}", "true false"),
    "default": ('{{ default "a" nil }} {{ "x" | default "a" }} {{ default "a" "" }}', "a x a"),
    "derivePassword": ('{{ derivePassword 1 "long" "password" "user" "example.com" }}', "ZedaFaxcZaso9*"),
    "dict": ('{{ dict "a" 1 "b" }} {{ dict 1 2 }}', "map[a:1 b:] map[1:2]"),
    "dig": ('{{ dig "a" "b" "no" (dict "a" (dict "b" 7)) }} {{ dig "a" "z" "no" (dict "a" (dict)) }}', "7 no"),
    "div and mod": ("{{ div 7 -2 }} {{ mod -7 3 }}", "-3 -1"),
    "duration": ('{{ duration "3661" }} {{ duration (int64 90) }} {{ duration "x" }}', "1h1m1s 1m30s 0s"),
    "durationRound": ('{{ durationRound "2h30m" }} {{ durationRound "400h" }}', "2h 16d"),
    "empty": ("{{ empty (list) }} {{ empty .AutomationObject }} {{ empty 0 }}", "true false true"),
    "first, last, rest, initial": ("{{ $l := list 1 2 3 }}{{ first $l }} {{ last $l }} {{ rest $l }} {{ initial $l }} {{ rest (list) }}", "1 3 [2 3] [1 2] []"),
    "float64": ('{{ float64 "1e3" }} {{ float64 "x" }} {{ float64 "0x1p4" }}', "1000 0 16"),
    "fromJson": ('{{ (fromJson "{\\"a\\":{\\"b\\":[1,null]}}").a.b }} {{ fromJson "[1" }}', "[1 <nil>] <no value>"),
    "get and hasKey": ('{{ $d := dict "a" 1 }}{{ get $d "a" }}{{ get $d "b" }} {{ hasKey $d "a" }}', "1 true"),
    "has": ("{{ has 2 (list 1 2) }} {{ has 3 nil }}", "true false"),
    "hasPrefix and hasSuffix": ('{{ hasPrefix "a" "ab" }} {{ hasSuffix "a" "ab" }}', "true false"),
    "hello": ("{{ hello }}", "Hello!"),
    "indent": ('{{ indent 2 "a\\nb" }}|{{ nindent 1 "a" }}', "  a\n  b|\n a"),
    "initials": ('{{ initials "First Try" }}', "FT"),
    "int and int64": ('{{ int "0b11" }} {{ int "007" }} {{ int "09" }} {{ int "1.0" }} {{ int 3.99 }} {{ int64 true }}', "3 7 0 1 3 1"),
    "isAbs": ('{{ isAbs "/a" }} {{ osIsAbs "a" }}', "true false"),
    "join": ('{{ join "," (list 1 "a" nil 2.5) }} {{ join "," "a" }}', "1,a,2.5 a"),
    "kebabcase": ('{{ kebabcase "FooBar" }} {{ kebabcase "HTTPServer" }}', "foo-bar http-server"),
    "keys and values": ('{{ keys (dict "b" 1 "a" 2) }} {{ values (dict "b" 1 "a" 2) }}', "[a b] [2 1]"),
    "kindOf": ('{{ kindOf .Values }} {{ kindOf nil }} {{ kindOf (semver "1.0.0") }} {{ kindIs "string" "" }}', "map invalid ptr true"),
    "list and tuple": ('{{ list 1 "a" nil }} {{ tuple }}', "[1 a <nil>] []"),
    "lower and upper": ('{{ lower "ÀB" }} {{ upper "straße" }}', "àb STRAßE"),
    "max, min, biggest": ('{{ max 1 "5" 3 }} {{ min 3 1 }} {{ biggest 1 2 }} {{ maxf 1 2.5 }} {{ minf 1 0.5 }}', "5 1 2 2.5 0.5"),
    "merge": ('{{ merge (dict "a" 1 "c" (dict "x" 1)) (dict "a" 2 "b" 3 "c" (dict "y" 3)) }}', "map[a:1 b:3 c:map[x:1 y:3]]"),
    "mergeOverwrite": ('{{ mergeOverwrite (dict "a" 1 "c" (dict "x" 1)) (dict "a" 2 "c" (dict "x" 2)) }}', "map[a:2 c:map[x:2]]"),
    "mul and sub": ("{{ mul 2 3 4 }} {{ sub 1 3 }}", "24 -2"),
    "mustDateModify": ('{{ mustDateModify "25h" (toDate "2006-01-02" "2020-02-28") }}', "2020-02-29 01:00:00 +0000 UTC"),
    "nospace": ('{{ nospace " a b " }}', "ab"),
    "omit and pick": ('{{ omit (dict "a" 1 "b" 2) "a" }} {{ pick (dict "a" 1 "b" 2) "a" "z" }}', "map[b:2] map[a:1]"),
    "pluck": ('{{ pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3) }}', "[1 3]"),
    "plural": ('{{ plural "one" "many" 1 }} {{ plural "one" "many" 2 }}', "one many"),
    "push": ("{{ push (list 1) 2 }} {{ mustPush (list) 1 }}", "[1 2] [1]"),
    "quote and squote": ('{{ quote "a\\"b" 1 nil }} {{ squote "it\'s" }}', "\"a\\\"b\" \"1\" 'it's'"),
    "regexFind": ('{{ regexFind "[0-9]+" "ab12cd34" }} {{ regexFindAll "[0-9]" "a1b2" -1 }} {{ regexFindAll "" "ab" 2 | len }}', "12 [1 2] 2"),
    "regexMatch": ('{{ regexMatch "^v" "v1" }} {{ regexMatch "[" "a" }}', "true false"),
    "regexQuoteMeta": ('{{ regexQuoteMeta "a.b*c" }}', "a\\.b\\*c"),
    "regexReplaceAll": ('{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAll "" "hé" "-" }} {{ regexReplaceAllLiteral "b" "abc" "$1" }}', "-W-xxW- -h-é- a$1c"),
    "regexSplit": ('{{ regexSplit "z+" "pizza" -1 | toJson }} {{ regexSplit "" "abc" 2 | toJson }}', '["pi","a"] ["a","bc"]'),
    "repeat": ('{{ repeat 3 "ab" }}', "ababab"),
    "replace": ('{{ replace "a" "bb" "banana" }}', "bbbnbbnbb"),
    "reverse": ("{{ reverse (list 1 2) }}", "[2 1]"),
    "semver": ('{{ $v := semver "v1.2.3-rc.1+b" }}{{ $v }} {{ $v.Major }} {{ $v.Prerelease }} {{ $v.Metadata }} {{ $v.Original }} {{ $v.IncMinor }} {{ $v.LessThan (semver "2") }}', "1.2.3-rc.1+b 1 rc.1 b v1.2.3-rc.1+b 1.3.0 true"),
    "semverCompare": ('{{ semverCompare ">=1.2, <2" "1.5.0" }} {{ semverCompare "^1" "2.0.0" }}', "true false"),
    "seq": ("{{ seq 5 }}|{{ seq -3 }}|{{ seq 0 2 10 }}|{{ seq 2 5 }}", "1 2 3 4 5|1 0 -1 -2 -3|0 2 4 6 8 10|2 3 4 5"),
    "set and unset": ('{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ unset $d "a" }}', "map[b:2]"),
    "sha": ('{{ sha1sum "a" | trunc 7 }} {{ sha256sum "abc" | trunc 7 }} {{ sha512sum "a" | trunc 7 }}', "86f7e43 ba7816b 1f40fc9"),
    "slice": ("{{ slice (list 1 2 3) 1 }} {{ slice (list 1 2 3) 1 2 }}", "[2 3] [2]"),
    "snakecase": ('{{ snakecase "FirstName" }} {{ snakecase "HTTP20xOK" }} {{ snakecase "Bld4Floor3rd" }} {{ snakecase "http2xx" }}', "first_name http_20x_ok bld4_floor_3rd http_2xx"),
    "sortAlpha": ('{{ sortAlpha (list "b" 10 9 "a") }}', "[10 9 a b]"),
    "split": ('{{ (split "$" "a$b")._1 }} {{ splitn "$" 2 "a$b$c" }} {{ splitList "," "x,y" }}', "b map[_0:a _1:b$c] [x y]"),
    "substr": ('{{ substr 0 3 "abcdef" }} {{ substr 1 -1 "abc" }}', "abc bc"),
    "swapcase": ('{{ swapcase "This Is a.Test" }}', "tHIS iS A.tEST"),
    "ternary": ("{{ ternary 1 2 true }} {{ false | ternary 1 2 }}", "1 2"),
    "title and untitle": ('{{ title "a test-case" }} {{ untitle "First Try" }}', "A Test-Case first try"),
    "toDate": ('{{ (toDate "2006-01-02 15:04" "2020-02-29 13:14").Format "Mon Jan _2 3:04PM 2006" }} {{ unixEpoch (toDate "2006-01-02" "1970-01-02") }}', "Sat Feb 29 1:14PM 2020 86400"),
    "toDecimal": ('{{ toDecimal "777" }}', "511"),
    "toJson": ('{{ toJson (dict "b" 1 "a" (list 1.5 1e21 "<&>" nil true)) }}', '{"a":[1.5,1e+21,"\\u003c\\u0026\\u003e",null,true],"b":1}'),
    "toPrettyJson": ('{{ toPrettyJson (dict "a" (list 1) "b" (dict)) }}', '{\n  "a": [\n    1\n  ],\n  "b": {}\n}'),
    "toRawJson": ('{{ toRawJson "<a>" }}', '"<a>"'),
    "toString and toStrings": ("{{ toString 1.5 }} {{ toStrings (list 1 2) }}", "1.5 [1 2]"),
    "trim": ('{{ trim "  a " }}{{ trimAll "$" "$5$" }}{{ trimSuffix "c" "abc" }}{{ trimPrefix "a" "abc" }}', "a5abbc"),
    "trunc": ('{{ trunc 3 "héllo" }} {{ trunc -2 "abc" }}', "hé bc"),
    "typeOf": ('{{ typeOf (list) }} {{ typeOf nil }} {{ typeIs "int" 1 }} {{ typeIsLike "semver.Version" (semver "1.0.0") }}', "[]interface {} <nil> true true"),
    "uniq": ('{{ uniq (list 1 "1" 1 2) }}', "[1 1 2]"),
    "until": ("{{ until 3 }} {{ until -3 }} {{ untilStep 3 6 2 }}", "[0 1 2] [0 -1 -2] [3 5]"),
    "urlJoin": ('{{ urlJoin (dict "scheme" "https" "host" "h.com" "path" "/a b" "query" "q=1" "userinfo" "u:p") }}', "https://u:p@h.com/a%20b?q=1"),
    "urlParse": ('{{ urlParse "https://u:p@h.com:8080/a?q=1#f" }}', "map[fragment:f host:h.com:8080 hostname:h.com opaque: path:/a query:q=1 scheme:https userinfo:u:p]"),
    "without": ("{{ without (list 1 2 3) 2 }}", "[1 3]"),
    "wrap": ('{{ wrap 5 "aaa bbb ccc" }} {{ wrapWith 5 "|" "Hello World foobarbaz" }}', "aaa\nbbb\nccc Hello|World|fooba|rbaz"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function(text, wanted):
    assert render(text, engine="go") == wanted


def test_every_function_of_sprig_is_there_or_refused():
    builtin = {
        *[
            "and",
            "or",
            "not",
            "len",
            "index",
            "slice",
            "html",
            "js",
            "urlquery",
            "print",
            "printf",
            "println",
            "call",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
        ]
    }
    must = {name for name in functions() if name.startswith("must")}
    assert len({*functions()} | {*REFUSED}) == 229
    assert builtin <= {*functions()}
    assert {"mustToJson", "mustRegexMatch", "mustFirst", "mustDateModify"} <= must


WRONG = {
    "a list that is none": ("{{ first 1 }}", "Cannot find first on type int"),
    "a list that is nil": ("{{ first nil }}", "nil pointer dereference"),
    "a negative count": ('{{ repeat -1 "a" }}', "negative Repeat count"),
    "out of bounds": ('{{ substr 2 1 "abc" }}', "slice bounds out of range [2:1]"),
    "a bad pattern": ('{{ regexFind "[" "a" }}', "error parsing regexp"),
    "a bad version": ('{{ semver "x" }}', "invalid semantic version"),
    "a bad range": ('{{ semverCompare "bad!" "1.0.0" }}', 'improper constraint: "bad!"'),
    "bad JSON": ('{{ mustFromJson "{" }}', "invalid JSON"),
    "a bad date": ('{{ mustToDate "2006-01-02" "2020-02-30" }}', "cannot parse"),
    "a bad URL": ('{{ urlParse "http://h:x/" }}', 'invalid port ":x" after host'),
    "no JSON form": ("{{ mustToJson .Changed }}", "unsupported type"),
    "too few for dig": ('{{ dig "a" (dict) }}', "dig needs at least three arguments"),
    "no decimal": ("{{ divf 1 0 }}", "decimal division by 0"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_function_given_something_wrong_ends_the_rendering(text, said):
    with pytest.raises(TemplateError) as caught:
        render(text, engine="go")
    assert said in caught.value.message
