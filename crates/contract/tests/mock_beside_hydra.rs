//! The mock server beside a real Ory Hydra. `make check-mock` runs this alone.

use ory_oidc_contract::comparison;

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
#[allow(clippy::print_stdout)] // `make check-mock` shows the report
async fn the_mock_server_responds_as_hydra_does() {
    let report = comparison::compare().await;
    println!("{report}");
    assert!(report.requests() >= 250, "the table has lost requests");
    assert!(
        report.declared().len() <= 15,
        "too many differences are declared"
    );
    assert_eq!(
        report.undeclared().count(),
        0,
        "the mock server differs from Hydra: see above"
    );
    assert!(
        report.stale().is_empty(),
        "a declared difference no longer exists: see above"
    );
}
