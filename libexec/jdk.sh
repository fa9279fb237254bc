# Sourced by scripts: sets JAVA to the java of an installed JDK 25, or to nothing.
# JAVA_HOME wins if it is a JDK 25; then the usual places of Debian, Adoptium and SDKMAN.
find_jdk() {
  JAVA=
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* "$HOME"/.sdkman/candidates/java/25* /opt/*jdk*25*; do
    if [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25[."]' "$home/release" 2>/dev/null; then
      JAVA=$home/bin/java
      return 0
    fi
  done
  return 1
}
