package dev.mokha.store.rocks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;

/** RocksDB's handles, opened with little memory and closed in the right order. */
final class Database implements AutoCloseable {
  private static final long BUFFER_BYTES = 8 << 20;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private final List<ColumnFamilyHandle> families = new ArrayList<>();
  private final RocksDB db;

  static Database open(Path path) throws RocksDBException {
    return new Database(path);
  }

  private Database(Path path) throws RocksDBException {
    Cache cache = keep(new LRUCache(BUFFER_BYTES));
    ColumnFamilyOptions family =
        keep(new ColumnFamilyOptions())
            .setWriteBufferSize(BUFFER_BYTES)
            .setMaxWriteBufferNumber(2)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(cache)
                    .setCacheIndexAndFilterBlocks(true)
                    .setBlockSize(16 << 10));
    DBOptions options =
        keep(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setDbWriteBufferSize(BUFFER_BYTES)
            .setMaxTotalWalSize(4 * BUFFER_BYTES)
            .setMaxOpenFiles(64)
            .setMaxBackgroundJobs(2)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(2)
            // A torn end is what a crash leaves; damage before the end is not, and must be heard
            // of.
            .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords);
    try {
      this.db =
          RocksDB.open(
              options,
              path.toString(),
              List.of(
                  descriptor("default", family),
                  descriptor("base", family),
                  descriptor("log", family)),
              families);
    } catch (RocksDBException | RuntimeException e) {
      closeResources();
      throw e;
    }
  }

  private static ColumnFamilyDescriptor descriptor(String name, ColumnFamilyOptions options) {
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), options);
  }

  private <T extends AutoCloseable> T keep(T resource) {
    resources.add(resource);
    return resource;
  }

  RocksDB db() {
    return db;
  }

  ColumnFamilyHandle meta() {
    return families.get(0);
  }

  ColumnFamilyHandle base() {
    return families.get(1);
  }

  ColumnFamilyHandle log() {
    return families.get(2);
  }

  @Override
  public void close() {
    families.forEach(ColumnFamilyHandle::close);
    db.close();
    closeResources();
  }

  private void closeResources() {
    for (AutoCloseable resource : resources.reversed()) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("an option of RocksDB can't be closed", e);
      }
    }
  }
}
