"""States with constant rates: contents and their time-integrals, however far apart rates and times lie."""
