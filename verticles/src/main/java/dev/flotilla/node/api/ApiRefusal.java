package dev.flotilla.node.api;

/** How those that the API calls refuse a request: a 400 whose message the client sees. */
public final class ApiRefusal {
  private ApiRefusal() {}

  /** A refusal to fail a future with. */
  public static RuntimeException of(String message) {
    return new ApiException(ApiFailure.INVALID_REQUEST, message);
  }
}
