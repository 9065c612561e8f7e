# firmware core and the simulated machine: MCU_SIM_SRCS
