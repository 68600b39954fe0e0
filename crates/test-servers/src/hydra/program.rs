//! The Hydra program, which `scripts/hydra.sh` builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

/// Returns the path of the program. The first call builds it if it is missing.
pub(super) async fn path() -> &'static Path {
    static PATH: OnceCell<PathBuf> = OnceCell::const_new();
    PATH.get_or_init(async || {
        let built = spawn_blocking(build).await;
        built.expect("scripts/hydra.sh provides the program")
    })
    .await
}

fn build() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/hydra.sh");
    let output = Command::new(script).output();
    let output = output.expect("scripts/hydra.sh can be run");
    assert!(
        output.status.success(),
        "scripts/hydra.sh failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let path = String::from_utf8(output.stdout).expect("a path in UTF-8");
    PathBuf::from(path.trim_end())
}
