# Work for perl-base whose every printed byte must be the same wherever it runs.
use strict;
use warnings;
use List::Util qw(sum max first reduce shuffle);
use POSIX qw(floor fmod strtol);

my $seed = 20260101;
sub next_number { $seed = ($seed * 1103515245 + 12345) % 2147483648; return $seed }

my @numbers = map { next_number() / 65536 - 16384 } 1 .. 5000;
printf "sum %.17g, max %.17g\n", sum(@numbers), max(@numbers);
printf "sorted %s\n", join ' ', map { sprintf '%.6e', $_ } (sort { $a <=> $b } @numbers)[0 .. 4];

my %words;
$words{join '', map { chr 97 + next_number() / 4096 % 26 } 1 .. 2 + $_ % 3}++ for 1 .. 20000;
printf "%d words, most often %s\n", scalar keys %words,
  join ' ', map { "$_:$words{$_}" } (sort { $words{$b} <=> $words{$a} || $a cmp $b } keys %words)[0 .. 9];

my $text = join ' ', sort keys %words;
my $count = () = $text =~ /\b(\w)\w*\1\b/g;
(my $changed = $text) =~ s/([aeiou])([^aeiou ]+)/\U$2\E$1/g;
printf "%d begin as they end; %s\n", $count, unpack '%32C*', $changed;
printf "%s\n", join ',', map { sprintf '%vd', $_ } $changed =~ /([A-Z]{3})/g ? $1 : '';

for my $x (0.1, 1e-310, 1.7976931348623157e308, 2 / 3, 1e21, -0.0, 9 ** 0.5, atan2(1, -1), exp(1), sin(1e6)) {
  printf "%s %.15g %a %s\n", $x, $x, $x, unpack 'H*', pack 'd>', $x;
}
printf "%s %s %s\n", 18446744073709551615, 18446744073709551615 + 1, 9223372036854775807 * 3;
printf "%d %d %u %s\n", -7 % 3, 7 % -3, ~0, 0xdeadbeef << 13 ^ 0x5a5a;
printf "%s\n", unpack 'H*', pack 'w n N v V q> f d', 1e9, 258, 16909060, 258, 16909060, -2, 1.5, -2.25;
printf "%s\n", join ' ', map { fmod($_, 1.1) } 1 .. 5;

my @matrix = map { [map { next_number() % 1000 / 7 } 1 .. 20] } 1 .. 20;
my $product = \@matrix;
for (1 .. 3) {
  my @next;
  for my $i (0 .. 19) {
    for my $j (0 .. 19) {
      $next[$i][$j] = sum(map { $product->[$i][$_] * $matrix[$_][$j] } 0 .. 19);
    }
  }
  $product = \@next;
}
printf "trace %.17g\n", sum(map { $product->[$_][$_] } 0 .. 19);

sub ackermann { my ($m, $n) = @_; no warnings 'recursion'; $m == 0 ? $n + 1 : ackermann($m - 1, $n == 0 ? 1 : ackermann($m, $n - 1)) }
printf "ackermann %d\n", ackermann(2, 60);
printf "eval %s\n", eval { die { code => 42 } } // $@->{code};
