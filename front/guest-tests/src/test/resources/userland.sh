# Prints the same bytes in the guest and, by chroot, on this computer. Arguments: the folder of what it works on.
cd "$1"
export LC_ALL=C PERL_HASH_SEED=0 HOME=/tmp
for program in floating-*; do
  echo "--- $program"
  ./"$program"
done
echo "--- perl"
perl userland.pl
echo "--- openssl"
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512 ripemd160; do
  openssl dgst -$digest random
done
key=00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef
iv=0f0e0d0c0b0a09080706050403020100
for cipher in aes-128-cbc aes-256-ctr aes-256-cbc aes-192-ofb chacha20 camellia-128-cbc aria-256-cbc; do
  case $cipher in
    *128*) k=$(echo $key | cut -c1-32) ;;
    *192*) k=$(echo $key | cut -c1-48) ;;
    *) k=$key ;;
  esac
  openssl enc -$cipher -K $k -iv $iv -in random | sha256sum
  openssl enc -$cipher -K $k -iv $iv -in random | openssl enc -d -$cipher -K $k -iv $iv | cmp - random
done
openssl dgst -sha256 -hmac secret random
openssl dgst -sha256 -sign rsa.pem random | od -An -tx1 | sha256sum
openssl dgst -sha256 -sign rsa.pem -out signature random
openssl rsa -in rsa.pem -pubout -out public.pem 2>/dev/null
openssl dgst -sha256 -verify public.pem -signature signature random
openssl pkeyutl -sign -inkey ed25519.pem -rawin -in random | sha256sum
openssl rsa -in rsa.pem -check -noout
openssl prime -hex ffffffffffffffffffffffffffffff61
openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:word -kdfopt salt:salt -kdfopt iter:2000 PBKDF2
echo "--- coreutils"
sort random.txt | md5sum
sort -rn random.txt | md5sum
od -An -tf8 -w64 random | head -c 20000 | cksum
gzip -9c random.txt | gzip -dc | cmp - random.txt
grep -c '[13579]$' random.txt
sed 's/\(.\)\(.\)/\2\1/g' random.txt | sha1sum
seq 1 0.37 300 | awk '{ s += $1 * $1 } END { print s }'
factor 18446744073709551557 1234567890123456789
date -u -d @1234567890
