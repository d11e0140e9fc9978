// SQLite under `sediment-sim strike`: docs/strike.md says what it shows.
//   sqlite fill MODE SYNC N     in the current directory: N inserts, each printed when it has returned
//   sqlite check MODE SYNC DIR  whether DIR holds what $STRIKE_OUTPUT says, and SQLite's own check is content
// MODE: delete, truncate, persist, wal (journal_mode). SYNC: normal, full, extra (synchronous).
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kKeys = 5 };

static void fail(const char* what, sqlite3* database) {
  printf("%s: %s\n", what, sqlite3_errmsg(database));
  exit(1);
}

static int keep(void* kept, int columns, char** values, char** names) {
  (void)names;
  if (columns > 0 && values[0] != NULL) snprintf(kept, 8192, "%s", values[0]);
  return 0;
}

static void fill(sqlite3* database, int count) {
  if (sqlite3_exec(database, "create table if not exists t(k integer primary key, v text)", 0, 0, 0)) {
    fail("create", database);
  }
  for (int number = 0; number < count; ++number) {
    char sql[4000];  // values of up to 800 digits: some take several pages
    snprintf(sql, sizeof sql, "insert or replace into t values(%d, '%d-%0*d')", number % kKeys, number,
             number % 3 * 400, number);
    if (sqlite3_exec(database, sql, 0, 0, 0)) fail("insert", database);
    printf("%d %d\n", number % kKeys, number);
    fflush(stdout);
  }
}

static int check(sqlite3* database) {
  int promised[kKeys] = {-1, -1, -1, -1, -1};
  int key = 0, number = 0, has_promised = 0;
  FILE* printed = fopen(getenv("STRIKE_OUTPUT"), "r");
  while (printed != NULL && fscanf(printed, "%d %d", &key, &number) == 2) {
    promised[key] = number;
    has_promised = 1;
  }
  char kept[8192] = "";
  if (sqlite3_exec(database, "pragma integrity_check", keep, kept, 0)) fail("integrity_check", database);
  if (strcmp(kept, "ok") != 0) {
    printf("integrity_check: %s\n", kept);
    return 1;
  }
  for (key = 0; key < kKeys; ++key) {
    char sql[100];
    kept[0] = '\0';
    snprintf(sql, sizeof sql, "select v from t where k = %d", key);
    if (sqlite3_exec(database, sql, keep, kept, 0) && has_promised) fail("select", database);
    const int found = kept[0] != '\0' ? atoi(kept) : -1;
    if (found >= promised[key]) continue;
    printf("%d was acknowledged as %d, and is %d\n", key, promised[key], found);
    return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int fills = strcmp(argv[1], "fill") == 0;
  char path[4096];
  snprintf(path, sizeof path, "%s/a.db", fills ? "." : argv[4]);
  sqlite3* database = NULL;
  if (sqlite3_open(path, &database)) fail("open", database);
  char sql[100];
  snprintf(sql, sizeof sql, "pragma journal_mode=%s", argv[2]);
  if (fills && sqlite3_exec(database, sql, 0, 0, 0)) fail("journal_mode", database);
  snprintf(sql, sizeof sql, "pragma synchronous=%s", argv[3]);
  sqlite3_exec(database, sql, 0, 0, 0);
  if (!fills) return check(database);
  fill(database, atoi(argv[4]));
  return sqlite3_close(database) == SQLITE_OK ? 0 : 1;
}
